//! What addresses, passwords and names must be, each with what would be right.

use validator::{ValidateEmail, ValidationError};

use super::Secret;
use super::passwords::{LONGEST_PASSWORD, SHORTEST_PASSWORD};

/// RFC 5321: what fits between the brackets of a path.
const LONGEST_EMAIL: usize = 254;
const LONGEST_NAME: usize = 100;

type Verdict = Result<(), ValidationError>;

/// An address that a mail can go to. The check for e-mail lets anything stand before a literal
/// such as `[127.0.0.1]`, line ends too, so those forms are refused beforehand.
pub(crate) fn email(email: &str) -> Verdict {
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '[' | ']');
    let good = email.len() <= LONGEST_EMAIL && !email.contains(odd) && email.validate_email();
    verdict(
        good,
        "email",
        "must be an e-mail address such as ada@example.org, of at most 254 letters",
    )
}

/// A password that somebody chooses.
pub(crate) fn new_password(password: &Secret) -> Verdict {
    let characters = password.expose().chars().count();
    verdict(
        characters >= SHORTEST_PASSWORD && password.expose().len() <= LONGEST_PASSWORD,
        "password",
        "must have at least 8 characters and at most 1024 bytes",
    )
}

/// A password that somebody claims to have chosen.
pub(crate) fn password(password: &Secret) -> Verdict {
    verdict(
        password.expose().len() <= LONGEST_PASSWORD,
        "password",
        "must have at most 1024 bytes",
    )
}

/// A name for people.
pub(crate) fn name(name: &str) -> Verdict {
    let characters = name.chars().count();
    verdict(
        (1..=LONGEST_NAME).contains(&characters) && !name.contains(char::is_control),
        "name",
        "must have 1 to 100 characters, and no control characters",
    )
}

fn verdict(good: bool, code: &'static str, message: &'static str) -> Verdict {
    if good {
        Ok(())
    } else {
        Err(ValidationError::new(code).with_message(message.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_a_mail_can_go_to_are_taken() {
        for good in ["ada@example.org", "a.b+c@x.example", "admin@localhost"] {
            assert!(email(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn addresses_that_would_do_harm_are_refused() {
        let long = format!("a@{}.example", "x".repeat(250));
        let bad = [
            "",
            "@",
            "ada",
            "ada@",
            "@example.org",
            "a b@example.org",
            "ada@example.org\n",
            "ada@x\r\nBcc: eve@example.org [127.0.0.1]",
            "ada@[127.0.0.1]",
            "<ada@example.org>",
            &long,
        ];
        for bad in bad {
            assert!(email(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn passwords_and_names_have_bounds() {
        let of = |length| Secret::new("x".repeat(length));
        assert!(new_password(&of(7)).is_err() && new_password(&of(8)).is_ok());
        assert!(new_password(&of(1024)).is_ok() && new_password(&of(1025)).is_err());
        assert!(name("").is_err() && name("Ada").is_ok() && name("a\u{7}").is_err());
        assert!(name(&"é".repeat(100)).is_ok() && name(&"é".repeat(101)).is_err());
    }
}
