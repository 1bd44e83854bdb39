//! A list that the compiler knows, so that it can stand in the table of steps.

macro_rules! embedded {
    ($($name:literal)*) => {
        /// The names of all devices that come with the program.
        pub const NAMES: &[&str] = &[$($name),*];

        pub(super) const FILES: &[&str] =
            &[$(include_str!(concat!("../../data/devices/", $name, ".toml"))),*];
    };
}

embedded! {
    "inkplate-10"
    "inky-impression-4"
    "inky-impression-4-acep"
    "inky-impression-5-7"
    "inky-impression-7-3"
    "inky-impression-7-3-acep"
    "kindle-4"
    "kindle-paperwhite-4"
    "kindle-paperwhite-5"
    "kindle-scribe"
    "kobo-clara-hd"
    "kobo-libra-2"
    "lilygo-t5-4-7"
    "m5paper"
    "ssd1306-128x64"
    "trmnl"
    "waveshare-2in13-v4"
    "waveshare-4in2-v2"
    "waveshare-4in2b-v2"
    "waveshare-5in65f"
    "waveshare-7in3e"
    "waveshare-7in3f"
    "waveshare-7in3g"
    "waveshare-7in5-v2"
    "waveshare-7in5b-v2"
}
