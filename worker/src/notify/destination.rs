//! Where mails go, as an operator says it. What is wrong is told without repeating anything: a
//! password may stand in the URL.

use std::borrow::Cow;
use std::path::PathBuf;

use filittle_common::accounts::Secret;
use percent_encoding::percent_decode_str;
use url::Url;

/// A folder or a mail server.
#[derive(Clone, Debug)]
pub enum Destination {
    /// `file:///folder`
    Folder(PathBuf),
    /// `smtp://` or `smtps://`
    Smtp(Server),
}

/// A mail server that takes mails for anywhere.
#[derive(Clone, Debug)]
pub struct Server {
    /// A name, or an address without brackets.
    pub host: String,
    /// 465 for `smtps`, 587 for `smtp`, when the URL has none.
    pub port: u16,
    /// How it is spoken to.
    pub tls: TlsMode,
    /// The one authority to trust, in PEM; the system's, if there is none.
    pub ca: Option<PathBuf>,
    /// Who we are there.
    pub login: Option<(String, Secret)>,
}

/// Whether a conversation is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// From its first byte.
    Wrapped,
    /// By STARTTLS, or there is none.
    Required,
    /// By STARTTLS where it is offered, with whoever answers: who can change what is offered could
    /// also hide it, so a certificate would prove nothing.
    Opportunistic,
    /// Not at all.
    None,
}

type Read<T> = Result<T, String>;

impl Destination {
    /// Reads a URL. A password stands in it or beside it.
    ///
    /// # Errors
    /// What is wrong, without any of the URL.
    pub fn parse(text: &str, password: Option<Secret>) -> Read<Self> {
        if let Some(path) = text.strip_prefix("file://") {
            return folder(path, password.as_ref());
        }
        let url = Url::parse(text).map_err(|_| wanted())?;
        let (port, tls) = match url.scheme() {
            "smtps" => (465, TlsMode::Wrapped),
            "smtp" => (587, TlsMode::Required),
            _ => return Err(wanted()),
        };
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or("must name a host, as smtp://host:587")?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err("must have nothing between the host and its options".into());
        }
        let mut server = Server {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(port),
            tls,
            ca: None,
            login: login(&url, password)?,
        };
        server.read_options(&url)?;
        if server.login.is_some() && matches!(server.tls, TlsMode::None | TlsMode::Opportunistic) {
            return Err("a password is only sent with tls=required, or to smtps://".into());
        }
        Ok(Self::Smtp(server))
    }
}

impl Server {
    fn read_options(&mut self, url: &Url) -> Read<()> {
        for (name, value) in url.query_pairs() {
            match (&*name, &*value) {
                ("tls", "required") if self.tls != TlsMode::Wrapped => {
                    self.tls = TlsMode::Required;
                }
                ("tls", "opportunistic") if self.tls != TlsMode::Wrapped => {
                    self.tls = TlsMode::Opportunistic;
                }
                ("tls", "none") if self.tls != TlsMode::Wrapped => self.tls = TlsMode::None,
                ("tls", _) => {
                    return Err(
                        "tls must be required, opportunistic or none, and smtps:// takes none"
                            .into(),
                    );
                }
                ("ca", path) if path.starts_with('/') => self.ca = Some(path.into()),
                ("ca", _) => return Err("ca must be the path of a file in PEM".into()),
                _ => return Err("has an option that there is not; there are tls and ca".into()),
            }
        }
        Ok(())
    }
}

fn wanted() -> String {
    "must be a folder or a mail server, as file:///mail or smtp://user@host:587".into()
}

fn folder(path: &str, password: Option<&Secret>) -> Read<Destination> {
    if password.is_some() {
        return Err("a folder takes no password".into());
    }
    if !path.starts_with('/') {
        return Err(wanted());
    }
    Ok(Destination::Folder(path.into()))
}

fn login(url: &Url, beside: Option<Secret>) -> Read<Option<(String, Secret)>> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8();
        text.map(Cow::into_owned)
            .map_err(|_| "user and password must be UTF-8, percent-encoded".to_owned())
    };
    let inside = url.password().map(decoded).transpose()?.map(Secret::new);
    if inside.is_some() && beside.is_some() {
        return Err("has a password, and there is another beside it; give one".into());
    }
    match (url.username(), inside.or(beside)) {
        ("", None) => Ok(None),
        ("", Some(_)) => Err("a password needs a user, as smtp://user@host:587".into()),
        (_, None) => Err("a user needs a password: in the URL or FILITTLE_MAIL_PASSWORD".into()),
        (user, Some(password)) => Ok(Some((decoded(user)?, password))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        match Destination::parse(url, None) {
            Ok(Destination::Smtp(server)) => server,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_way_of_tls_is_said_by_scheme_or_option() {
        let table = [
            ("smtps://mx", 465, TlsMode::Wrapped),
            ("smtp://mx", 587, TlsMode::Required),
            (
                "smtp://mx:25/?tls=opportunistic",
                25,
                TlsMode::Opportunistic,
            ),
            ("smtp://mx:2525?tls=none", 2525, TlsMode::None),
            ("smtp://mx?tls=required&ca=/ca.pem", 587, TlsMode::Required),
        ];
        for (url, port, tls) in table {
            let server = server(url);
            assert_eq!((server.port, server.tls), (port, tls), "{url}");
        }
        assert_eq!(server("smtp://[::1]").host, "::1");
    }

    #[test]
    fn user_and_password_are_decoded() {
        let (user, password) = server("smtp://a%40b:p%2Fw%2B@mx").login.unwrap();
        assert_eq!((user.as_str(), password.expose()), ("a@b", "p/w+"));
        let beside = Destination::parse("smtp://ada@mx", Some(Secret::new("hush")));
        let Ok(Destination::Smtp(server)) = beside else {
            panic!("{beside:?}")
        };
        assert_eq!(server.login.unwrap().1.expose(), "hush");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_without_repeating_it() {
        let urls = [
            "smtp://ada:hush@mx?tls=none",
            "smtp://ada:hush@mx?tls=opportunistic",
            "smtp://ada@mx",
            "smtp://:hush@mx",
            "smtp://ada:hush@",
            "smtp://ada:hush@mx/path",
            "smtp://ada:hush@mx?tls=hush",
            "smtp://ada:hush@mx?hush=1",
            "smtp://ada:hush@mx?ca=hush",
            "smtps://ada:hush@mx?tls=none",
            "http://ada:hush@mx",
            "hush",
            "file://hush",
        ];
        for url in urls {
            let told = Destination::parse(url, None).unwrap_err();
            assert!(!told.contains("hush"), "{told}");
        }
        let both = Destination::parse("smtp://ada:hush@mx", Some(Secret::new("x")));
        assert!(both.unwrap_err().contains("another"));
    }
}
