//! Parts of a PostgreSQL URL, replaced.

/// `url` with `name` for its database.
pub(super) fn with_database(url: &str, name: &str) -> String {
    let (address, parameters) = url
        .split_once('?')
        .map_or((url, None), |(a, p)| (a, Some(p)));
    let host = address.find("://").map_or(0, |at| at + "://".len());
    let end = address[host..]
        .find('/')
        .map_or(address.len(), |at| host + at);
    let parameters = parameters
        .map(|text| format!("?{text}"))
        .unwrap_or_default();
    format!("{}/{name}{parameters}", &address[..end])
}

/// `url` with `user` for its user, and no password.
pub(super) fn with_user(url: &str, user: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + "://".len());
    let end = url[start..].find('@').map_or(start, |at| start + at + 1);
    format!("{}{user}@{}", &url[..start], &url[end..])
}

#[cfg(test)]
mod tests {
    use super::{with_database, with_user};

    #[test]
    fn the_user_of_a_url_is_replaced_and_nothing_else() {
        for (url, expected) in [
            ("postgres://a@h:1/d", "postgres://new@h:1/d"),
            ("postgres://a:b@h/d?x=y", "postgres://new@h/d?x=y"),
            ("postgres://h/d", "postgres://new@h/d"),
        ] {
            assert_eq!(with_user(url, "new"), expected);
        }
    }

    #[test]
    fn the_database_of_a_url_is_replaced_and_nothing_else() {
        for (url, expected) in [
            ("postgres://a@h:1/postgres", "postgres://a@h:1/new"),
            ("postgres://a:b@h:1", "postgres://a:b@h:1/new"),
            (
                "postgres://h/old?sslmode=disable",
                "postgres://h/new?sslmode=disable",
            ),
        ] {
            assert_eq!(with_database(url, "new"), expected);
        }
    }
}
