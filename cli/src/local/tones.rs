//! What only the command line takes: palettes and devices as files.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use clap::{ArgMatches, parser::ValueSource};
use filittle_boot::devices as own;
use filittle_dither::{
    palette_file::{MAX_BYTES, PaletteFile},
    palettes,
};
use filittle_steps::{Color, Mistake, devices, guess};

/// Which flags were turned into others.
#[derive(Default)]
pub(super) struct Tones {
    palette_is_file: bool,
}

impl Tones {
    /// Takes the files out of the texts of a step's parameters: the colours of a palette stand in
    /// its place, and a device is added to those that are known.
    pub(super) fn take(
        matches: &ArgMatches,
        texts: &mut [(String, String)],
    ) -> Result<Self, Vec<String>> {
        let has = |name: &str| texts.iter().any(|(param, _)| param == name);
        let sized = ["width", "height", "upscale"].into_iter().find(|side| {
            // Not every op has them.
            let given = matches.try_get_one::<String>(side);
            given.is_ok_and(|given| given.is_some())
        });
        if has("device")
            && let Some(side) = sized
        {
            return Err(vec![format!(
                "--{side}: a device has its own; leave it out"
            )]);
        }
        let both = has("palette") && has("colors");
        let mut tones = Self::default();
        let mut files = Vec::new();
        for (param, text) in texts.iter_mut() {
            match param.as_str() {
                "palette" if !palettes::NAMES.contains(&text.as_str()) => {
                    if both {
                        let wrong = "--palette: give either `--colors` or `--palette`, not both";
                        return Err(vec![wrong.to_owned()]);
                    }
                    "colors".clone_into(param);
                    *text = colors(text).map_err(|wrong| vec![wrong])?;
                    tones.palette_is_file = true;
                }
                "device" if is_file(text) => {
                    let device = read_device(text).map_err(|wrong| vec![wrong])?;
                    text.clone_from(&device.name);
                    files.push(device);
                }
                _ => {}
            }
        }
        // A folder that the environment names must not be in the way of those who want no device.
        let named = matches!(matches.try_get_raw("devices"), Ok(Some(_)))
            && matches.value_source("devices") == Some(ValueSource::CommandLine);
        if named || texts.iter().any(|(param, _)| param == "device") {
            add_devices(matches, files)?;
        }
        for (_, text) in texts.iter_mut().filter(|(param, _)| param == "device") {
            if let Some(device) = device(text) {
                text.clone_from(&device.name);
            }
        }
        Ok(tones)
    }

    /// A mistake in the words that were used.
    pub(super) fn as_asked(&self, mistake: Mistake) -> Mistake {
        if !self.palette_is_file {
            return mistake;
        }
        Mistake {
            pointer: mistake.pointer.replace("/colors", "/palette"),
            detail: mistake.detail.replace("`colors`", "`palette`"),
        }
    }
}

/// Makes devices of one's own known: these, and those of the folder.
pub(crate) fn add_devices(
    matches: &ArgMatches,
    mut devices: Vec<devices::Device>,
) -> Result<(), Vec<String>> {
    let folder = matches.try_get_one::<String>("devices").ok().flatten();
    if let Some(folder) = folder.filter(|folder| !folder.is_empty()) {
        for device in own::in_folder(Path::new(folder))? {
            if devices.iter().all(|other| other.name != device.name) {
                devices.push(device);
            }
        }
    }
    own::add(devices);
    Ok(())
}

/// The device of that name, in whatever letters it is written.
pub(crate) fn device(name: &str) -> Option<&'static devices::Device> {
    let is_meant = |device: &&devices::Device| device.name.eq_ignore_ascii_case(name);
    devices::device(name).or_else(|| devices::all().find(is_meant))
}

/// The device that a file describes, or why it describes none.
pub(crate) fn read_device(file: &str) -> Result<devices::Device, String> {
    let path = Path::new(file);
    if path.exists() {
        own::read(path)
    } else {
        Err(no_file(file))
    }
}

/// Whether it is no name of a device: names of files have an ending, or say where they are.
pub(crate) fn is_file(text: &str) -> bool {
    let path = Path::new(text);
    device(text).is_none()
        && (path.extension().is_some_and(|it| it == "toml")
            || text.contains(std::path::is_separator))
}

fn colors(file: &str) -> Result<String, String> {
    let colors = read_palette(file)?.colors;
    let colors: Vec<String> = colors.into_iter().map(|it| Color(it).to_string()).collect();
    Ok(colors.join(","))
}

/// A palette file, or why it is none.
pub(crate) fn read_palette(file: &str) -> Result<PaletteFile, String> {
    let bytes = bytes(file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory if is_palette_file(file) => {
            no_file(file)
        }
        io::ErrorKind::NotFound => {
            let known = palettes::NAMES.join(", ");
            let guess = guess(file, palettes::NAMES.iter().copied());
            format!("there is no palette and no file `{file}`; there are {known}{guess}")
        }
        _ => format!("cannot read {file}: {error}"),
    })?;
    PaletteFile::read(&bytes, Some(file)).map_err(|error| format!("{file}: {error}"))
}

/// Whether it is no name of a palette.
fn is_palette_file(text: &str) -> bool {
    let ending = Path::new(text).extension().unwrap_or_default();
    ["gpl", "hex", "pal", "act"]
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
        || text.contains(std::path::is_separator)
}

fn no_file(file: &str) -> String {
    format!("there is no file `{file}`")
}

/// One byte more than can be right, so that what reads it says that it is too long.
fn bytes(file: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = MAX_BYTES as u64 + 1;
    File::open(file)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
