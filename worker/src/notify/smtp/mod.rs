//! Mails go to a mail server, one conversation for each (RFC 5321). Every phase has a time of its
//! own, and a failure tells in which it was: only after the final dot nobody knows whether the
//! message was taken (RFC 1047).

mod failure;
mod line_wise;
mod progress;
mod status;
mod times;

use filittle_common::engine::Outcome;
use filittle_common::ids::MailId;
use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::letter::host;
use super::{Server, TlsMode};
use failure::{Failure, Phase};
use line_wise::LineWise;

pub use times::Times;

/// A mail server, and how it is spoken to.
pub struct Smtp {
    server: Server,
    tls: TlsParameters,
    hello: ClientId,
    from: Address,
    times: Times,
}

type Told<T> = Result<T, Failure>;

impl Smtp {
    /// Sends to this server. `from` is the sender of every mail, and `public_url` says who we are.
    /// Nothing is connected to yet.
    ///
    /// # Errors
    /// What is wrong with the authority that is to be trusted.
    pub fn new(
        server: Server,
        from: &Mailbox,
        public_url: &str,
        times: Times,
    ) -> Result<Self, String> {
        Ok(Self {
            tls: tls(&server)?,
            hello: hello(host(public_url)),
            from: from.email.clone(),
            server,
            times,
        })
    }

    /// Hands over one message to one address.
    pub(super) async fn send(&self, mail: MailId, to: &str, message: &[u8]) -> Outcome {
        let Ok(to) = to.parse::<Address>() else {
            return Outcome::Unwritable("the address is none that mail can go to".into());
        };
        let failure = match self.deliver(to, message).await {
            Ok(response) => {
                let said: Vec<&str> = response.message().collect();
                return Outcome::Sent(format!("{} {}", response.code(), said.join(" ")));
            }
            Err(failure) => failure,
        };
        // Not what the server said: an address may stand in it. Where it said nothing, the words are
        // ours or the system's.
        let reason = failure.code.is_none().then_some(failure.text.as_str());
        let (phase, code) = (failure.phase.name(), failure.code);
        tracing::warn!(%mail, phase, code, reason, "a mail was not taken");
        failure.into()
    }

    async fn deliver(&self, to: Address, message: &[u8]) -> Told<Response> {
        let mut conn = self.connect().await?;
        if let Some((user, password)) = &self.server.login {
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            let ways = [Mechanism::Plain, Mechanism::Login];
            let auth = conn.auth(&ways, &credentials);
            Phase::Auth.within(self.times.command, auth).await?;
        }
        let mail = Mail::new(Some(self.from.clone()), parameters(&conn, &to)?);
        self.say(&mut conn, Phase::Mail, mail).await?;
        self.say(&mut conn, Phase::Rcpt, Rcpt::new(to, Vec::new()))
            .await?;
        let data = conn.command(Data);
        let go_on = Phase::Data.within(self.times.data, data).await?;
        if !go_on.has_code(354) {
            return Err(Phase::Data.broken("the server did not ask for the message"));
        }
        let taken = progress::send(&mut conn, message, &self.times).await?;
        // What came of it is written down first.
        let patience = self.times.quit;
        tokio::spawn(async move { drop(timeout(patience, conn.quit()).await) });
        Ok(taken)
    }

    async fn say(
        &self,
        conn: &mut AsyncSmtpConnection,
        phase: Phase,
        command: impl std::fmt::Display,
    ) -> Told<Response> {
        phase
            .within(self.times.command, conn.command(command))
            .await
    }

    /// A connection that was greeted, and encrypted as it is to be.
    async fn connect(&self) -> Told<AsyncSmtpConnection> {
        let place = (self.server.host.as_str(), self.server.port);
        let wait = self.times.greeting;
        if self.server.tls == TlsMode::Wrapped {
            let tls = Some(self.tls.clone());
            let greeted = AsyncSmtpConnection::connect_tokio1(place, None, &self.hello, tls, None);
            return Phase::Greeting.within(wait, greeted).await;
        }
        let connected = timeout(wait, TcpStream::connect(place)).await;
        let stream = match connected {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(Phase::Greeting.broken(&error.to_string())),
            Err(_) => return Err(Phase::Greeting.broken("no connection in time")),
        };
        let stream = Box::new(LineWise::new(stream));
        let greeted = AsyncSmtpConnection::connect_with_transport(stream, &self.hello);
        let mut conn = Phase::Greeting.within(wait, greeted).await?;
        match self.server.tls {
            TlsMode::Required if !conn.can_starttls() => {
                return Err(Phase::StartTls.broken("the server offers no STARTTLS"));
            }
            TlsMode::Opportunistic if !conn.can_starttls() => {}
            TlsMode::None => {}
            _ => {
                let encrypted = conn.starttls(self.tls.clone(), &self.hello);
                Phase::StartTls.within(wait, encrypted).await?;
            }
        }
        Ok(conn)
    }
}

/// An address with letters beyond ASCII needs a server that takes such (RFC 6531).
fn parameters(conn: &AsyncSmtpConnection, to: &Address) -> Told<Vec<MailParameter>> {
    let text: &str = to.as_ref();
    if text.is_ascii() {
        return Ok(Vec::new());
    }
    if conn.server_info().supports_feature(Extension::SmtpUtfEight) {
        return Ok(vec![MailParameter::SmtpUtfEight]);
    }
    Err(Phase::Mail.broken("the server takes no address with letters beyond ASCII"))
}

fn tls(server: &Server) -> Result<TlsParameters, String> {
    let unreadable = |why: String| format!("the file of ca cannot be used: {why}");
    let mut tls = TlsParameters::builder(server.host.clone())
        .dangerous_accept_invalid_certs(server.tls == TlsMode::Opportunistic);
    if server.tls == TlsMode::None || server.tls == TlsMode::Opportunistic || server.ca.is_some() {
        tls = tls.certificate_store(CertificateStore::None);
    }
    if let Some(path) = &server.ca {
        let pem = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let ca = Certificate::from_pem(&pem).map_err(|error| unreadable(error.to_string()))?;
        tls = tls.add_root_certificate(ca);
    }
    tls.build()
        .map_err(|error| format!("the system's certificates cannot be used: {error}"))
}

/// RFC 5321 4.1.4: a name, or an address in brackets.
fn hello(host: &str) -> ClientId {
    match host.parse() {
        Ok(std::net::IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(std::net::IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) => ClientId::Domain(host.to_owned()),
    }
}
