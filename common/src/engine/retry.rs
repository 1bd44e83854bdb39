//! When to try again.

use std::time::Duration;

/// How long to wait after so many failures: four times as long each time, at most an hour, and
/// within a quarter of that by chance, so that what failed together does not come back together.
/// `fraction` is a random number from 0 to 1.
pub fn backoff(failures: i32, fraction: f64) -> Duration {
    grown(
        Duration::from_secs(5),
        Duration::from_hours(1),
        failures,
        fraction,
    )
}

/// The same for mails, which may take days: at most four hours. A server that wants to see a mail
/// again in some minutes gets it then.
pub fn mail_backoff(attempts: i32, fraction: f64) -> Duration {
    grown(
        Duration::from_secs(15),
        Duration::from_hours(4),
        attempts,
        fraction,
    )
}

fn grown(first: Duration, longest: Duration, failures: i32, fraction: f64) -> Duration {
    let steps = u32::try_from(failures.saturating_sub(1))
        .unwrap_or(0)
        .min(16);
    let wait = first
        .saturating_mul(4_u32.saturating_pow(steps))
        .min(longest);
    wait.mul_f64(0.75 + fraction.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_fourfold_up_to_an_hour_and_spread_by_a_quarter() {
        assert_eq!(backoff(1, 0.5), Duration::from_secs(5));
        assert_eq!(backoff(2, 0.5), Duration::from_secs(20));
        assert_eq!(backoff(1, 0.0), Duration::from_millis(3750));
        assert_eq!(backoff(1, 1.0), Duration::from_millis(6250));
        assert_eq!(backoff(i32::MAX, 0.5), Duration::from_hours(1));
    }

    #[test]
    fn waits_of_mails_grow_to_hours() {
        assert_eq!(mail_backoff(1, 0.5), Duration::from_secs(15));
        assert_eq!(mail_backoff(2, 0.5), Duration::from_mins(1));
        assert_eq!(mail_backoff(i32::MAX, 0.5), Duration::from_hours(4));
    }
}
