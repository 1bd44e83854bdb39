//! A list that the compiler knows, so that it can stand in the table of steps.

macro_rules! embedded {
    ($($name:literal)*) => {
        /// The names of all palettes that come with the program.
        pub const NAMES: &[&str] = &[$($name),*];

        pub(super) const FILES: &[&str] =
            &[$(include_str!(concat!("../../data/palettes/", $name, ".gpl"))),*];
    };
}

embedded! {
    "acep"
    "acep-epdoptimize"
    "acep-inky-5-7"
    "acep-inky-7-3"
    "apple-ii"
    "black-white"
    "black-white-red"
    "black-white-yellow"
    "black-white-yellow-red"
    "black-white-yellow-red-measured"
    "cga"
    "cga-0-high"
    "cga-1-high"
    "commodore-64"
    "commodore-64-pepto"
    "ega"
    "game-boy"
    "game-boy-pocket"
    "gray-16"
    "gray-4"
    "msx"
    "nes"
    "pico-8"
    "spectra-6"
    "spectra-6-inky"
    "spectra-6-measured"
    "teletext"
    "web-safe"
    "zx-spectrum"
}
