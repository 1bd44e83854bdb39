//! Looks whether every block has its object.

use uuid::Uuid;

use super::Blobs;
use super::objects::Seen;
use crate::error::Result;
use crate::ids::BlockId;
use crate::store::blocks::{self, Block};

/// Rows of a page.
const PAGE: i64 = 256;

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Whether the object is there with the right size.
    Size,
    /// Whether its hash is right, too; reads everything.
    Content,
}

/// What there is. Nothing is changed by looking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Present blocks.
    pub present: u64,
    /// Of these, without their object.
    pub missing: u64,
    /// Of these, with an object of another size or hash.
    pub wrong: u64,
    /// Blocks known to be damaged.
    pub damaged: u64,
    /// Blocks that are being put or deleted.
    pub passing: u64,
}

impl Checked {
    /// Whether all that is said to be present is there.
    pub fn is_good(&self) -> bool {
        self.missing + self.wrong + self.damaged == 0
    }
}

impl Blobs {
    /// Looks at every block.
    pub async fn check(&self, depth: Depth) -> Result<Checked> {
        let mut checked = Checked::default();
        let mut after = BlockId(Uuid::nil());
        loop {
            let mut tx = self.0.db.read_any().await?;
            let page = blocks::page(&mut tx, after, PAGE).await?;
            drop(tx);
            let Some(last) = page.last() else {
                return Ok(checked);
            };
            after = last.id;
            for block in page {
                self.check_block(&block, depth, &mut checked).await?;
            }
        }
    }

    async fn check_block(&self, block: &Block, depth: Depth, checked: &mut Checked) -> Result<()> {
        match block.state.as_str() {
            "present" => checked.present += 1,
            "damaged" => {
                checked.damaged += 1;
                return Ok(());
            }
            _ => {
                checked.passing += 1;
                return Ok(());
            }
        }
        match self.look_at(&block.object_key, block.stored_size).await? {
            Seen::Missing => checked.missing += 1,
            Seen::WrongSize => checked.wrong += 1,
            Seen::Whole if depth == Depth::Size => {}
            Seen::Whole => {
                let bytes = self
                    .get_checked(&block.object_key, block.stored_size, &block.sha256)
                    .await?;
                checked.wrong += u64::from(bytes.is_none());
            }
        }
        Ok(())
    }
}
