//! What makes a request what it is, without keeping any of it: passwords may stand in it.

use aws_lc_rs::hmac;
use uuid::Uuid;

use super::api_keys::NewApiKey;
use super::digest::hex;
use crate::store::receipts::Receipt;

/// Makes fingerprints of requests.
#[derive(Clone)]
pub struct Requests {
    key: hmac::Key,
}

impl Requests {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
        }
    }

    /// Of these parts in this order: lower-case hexadecimal.
    pub fn fingerprint<P: AsRef<[u8]>>(&self, parts: impl IntoIterator<Item = P>) -> String {
        hex(self.tag(parts).as_ref())
    }

    /// An API key that is the same whenever the same request asks for one: it is shown again, and
    /// yet not kept. `token` is that of the receipt that is kept, so that a request that comes when
    /// its receipt is forgotten gets another key.
    pub(crate) fn api_key(&self, receipt: &Receipt, token: Uuid) -> NewApiKey {
        let owner = receipt.owner.0;
        let parts: [&[u8]; 5] = [
            b"api key",
            owner.as_bytes(),
            receipt.key.as_bytes(),
            receipt.fingerprint.as_bytes(),
            token.as_bytes(),
        ];
        NewApiKey::of(self.tag(parts).as_ref())
    }

    /// Each part with its length before it, so that no two requests have the same bytes.
    fn tag<P: AsRef<[u8]>>(&self, parts: impl IntoIterator<Item = P>) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        for part in parts {
            let part = part.as_ref();
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part);
        }
        context.sign()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let requests = Requests::new(&[7; 32]);
        let one = requests.fingerprint(["ab", "c"]);
        assert_eq!(one, requests.fingerprint(["ab", "c"]));
        assert_ne!(one, requests.fingerprint(["a", "bc"]));
        assert_ne!(one, requests.fingerprint(["abc"]));
        assert_ne!(one, Requests::new(&[8; 32]).fingerprint(["ab", "c"]));
    }
}
