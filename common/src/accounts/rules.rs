//! What addresses, passwords and names must be, each with what would be right.

use validator::{ValidateEmail, ValidationError};

use super::Secret;
use super::passwords::{LONGEST_PASSWORD, SHORTEST_PASSWORD};

/// RFC 5321: what fits between the brackets of a path.
pub(crate) const LONGEST_EMAIL: usize = 254;
/// RFC 5321: before the `@`, and each name of a domain.
const LONGEST_LOCAL_PART: usize = 64;
const LONGEST_LABEL: usize = 63;
pub(crate) const LONGEST_NAME: usize = 100;
/// For documents: what a name is made of.
pub(crate) const NO_CONTROLS: &str = "^[^\\x00-\\x1f\\x7f-\\x9f]*$";

type Verdict = Result<(), ValidationError>;

/// An address that a mail can go to. The check for e-mail lets anything stand before a literal
/// such as `[127.0.0.1]`, line ends too, so those forms are refused beforehand. It also lets dots
/// stand where no mail can be made of them, such as in `a..b@example.org`.
pub(crate) fn email(email: &str) -> Verdict {
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '[' | ']');
    let good = email.len() <= LONGEST_EMAIL
        && !email.contains(odd)
        && has_good_dots(email)
        && email.validate_email();
    verdict(
        good,
        "email",
        "must be an e-mail address such as ada@example.org, of at most 254 letters",
    )
}

/// The address of an account, as an operator gives it.
///
/// # Errors
/// What it must be.
pub fn address(text: &str) -> Result<String, String> {
    match email(text) {
        Ok(()) => Ok(text.to_lowercase()),
        Err(error) => Err(error.message.unwrap_or_default().into_owned()),
    }
}

/// A dot-atom (RFC 5322) before the `@`, labels (RFC 1034) behind it. Which letters an atom may have
/// is looked at by the check for e-mail.
fn has_good_dots(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else {
        return false;
    };
    local.len() <= LONGEST_LOCAL_PART
        && local.split('.').all(|atom| !atom.is_empty())
        && domain.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    label.len() <= LONGEST_LABEL
        && label.starts_with(char::is_alphanumeric)
        && label.ends_with(char::is_alphanumeric)
        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
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
        let longest = format!("{}@{}.example", "a".repeat(64), "x".repeat(63));
        let good = [
            "ada@example.org",
            "a.b+c@x.example",
            "admin@localhost",
            "a@b-c.1st.example",
            "ada@b\u{fc}cher.example",
            &longest,
        ];
        for good in good {
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
    fn addresses_that_no_mail_can_be_made_for_are_refused() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        let long_label = format!("a@{}.example", "x".repeat(64));
        let bad = [
            "a..b@example.org",
            ".a@x.org",
            "a.@x.org",
            ".@x.org",
            "a@x..org",
            "a@.x.org",
            "a@x.org.",
            "a@-x.org",
            "a@x-.org",
            "a@x_y.org",
            "a@b@x.org",
            "\"a b\"@x.org",
            &long_local,
            &long_label,
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
