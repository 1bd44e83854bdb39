//! What a reply says more exactly than by its code (RFC 3463).

/// A status such as `5.1.1`: what it speaks of, and in particular.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status {
    subject: u16,
    detail: u16,
}

impl Status {
    /// The status that the text of a reply begins with, when it is one of a refusal for good: who
    /// answers 5xx must not say anything else (RFC 2034).
    pub(super) fn of(text: &str) -> Option<Self> {
        let word = text.split_whitespace().next()?;
        let (subject, detail) = word.strip_prefix("5.")?.split_once('.')?;
        let number = |part: &str| {
            let is_number =
                (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| part.parse().ok()).flatten()
        };
        Some(Self {
            subject: number(subject)?,
            detail: number(detail)?,
        })
    }

    /// Whether mail cannot go to the address: there is no such mailbox or domain (5.1), or it takes
    /// none (5.2.1). 5.1.7 and 5.1.8 speak of the sender's address, 5.1.5 of a good one. A mailbox
    /// that is full, a message that is too large, and every policy are not of the address.
    pub(super) fn is_of_address(self) -> bool {
        matches!((self.subject, self.detail), (1, 0..=4 | 6 | 10) | (2, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_some_statuses_speak_of_the_address() {
        let table = [
            ("5.1.1 no such user", Some(true)),
            ("5.1.10 null MX", Some(true)),
            ("5.2.1 disabled", Some(true)),
            ("5.1.8 who are you", Some(false)),
            ("5.2.2 full", Some(false)),
            ("5.2.3 too long", Some(false)),
            ("5.3.4 too big", Some(false)),
            ("5.6.0 odd", Some(false)),
            ("5.7.1 spam", Some(false)),
            ("4.1.1 not now", None),
            ("no such user 5.1.1", None),
            ("5.1", None),
            ("5.1.1111 x", None),
            ("5.1.x", None),
            ("", None),
        ];
        for (text, expected) in table {
            let told = Status::of(text).map(Status::is_of_address);
            assert_eq!(told, expected, "{text}");
        }
    }
}
