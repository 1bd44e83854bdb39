/// A format that pictures are written in; more than are [read](crate::PictureFormat).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutputFormat {
    Jpeg,
    Png,
    Gif,
    Bmp,
    /// Packed pixels and nothing else, for the memory of a panel.
    Raw,
}

impl OutputFormat {
    /// The media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
            Self::Raw => "application/octet-stream",
        }
    }

    /// The extensions that files of it have, without the dot, the usual one first. A raw picture is
    /// a memory image, which tools that burn or send such call `.bin`; `.raw` is taken by cameras.
    pub(crate) fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Png => &["png"],
            Self::Gif => &["gif"],
            Self::Bmp => &["bmp"],
            Self::Raw => &["bin"],
        }
    }
}
