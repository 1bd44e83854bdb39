use std::time::Duration;

/// How long each phase of a conversation may take; the default is what RFC 5321 4.5.3.2 asks for.
/// A shorter one makes duplicates: a server that is slow to answer has taken the message.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// To connect, to encrypt, and for the greeting.
    pub greeting: Duration,
    /// For the answer to a command.
    pub command: Duration,
    /// For the answer to DATA.
    pub data: Duration,
    /// For the server to take a block of the message.
    pub block: Duration,
    /// For the answer to the final dot.
    pub dot: Duration,
    /// For a goodbye, which nobody waits for.
    pub quit: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            greeting: Duration::from_mins(5),
            command: Duration::from_mins(5),
            data: Duration::from_mins(2),
            block: Duration::from_mins(3),
            dot: Duration::from_mins(10),
            quit: Duration::from_secs(5),
        }
    }
}
