//! What only the command line takes: palettes and devices as files.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use clap::ArgMatches;
use filittle_boot::devices as own;
use filittle_dither::{
    palette_file::{self, MAX_BYTES},
    palettes,
};
use filittle_steps::{Color, Mistake, devices};

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
        let sized = ["width", "height"].into_iter().find(|side| {
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
                        let wrong = "--palette: give either `colors` or `palette`, not both";
                        return Err(vec![wrong.to_owned()]);
                    }
                    "colors".clone_into(param);
                    *text = colors(text).map_err(|wrong| vec![wrong])?;
                    tones.palette_is_file = true;
                }
                "device" if is_file(text) => {
                    let file = Path::new(text.as_str());
                    let device = own::read(file).map_err(|wrong| vec![wrong])?;
                    text.clone_from(&device.name);
                    files.push(device);
                }
                _ => {}
            }
        }
        add_devices(matches, files)?;
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

/// Whether it is no name of a device: names of files have an ending, or say where they are.
pub(crate) fn is_file(text: &str) -> bool {
    let path = Path::new(text);
    devices::device(text).is_none()
        && (path.extension().is_some_and(|it| it == "toml")
            || text.contains(std::path::is_separator))
}

fn colors(file: &str) -> Result<String, String> {
    let colors = read_palette(file)?;
    let colors: Vec<String> = colors.into_iter().map(|it| Color(it).to_string()).collect();
    Ok(colors.join(","))
}

/// The colours of a palette file, or why it has none.
pub(crate) fn read_palette(file: &str) -> Result<Vec<[u8; 3]>, String> {
    let bytes = bytes(file).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            let known = palettes::NAMES.join(", ");
            format!("there is no palette and no file `{file}`; there are {known}")
        } else {
            format!("cannot read {file}: {error}")
        }
    })?;
    palette_file::read(&bytes, Some(file)).map_err(|error| format!("{file}: {error}"))
}

/// One byte more than can be right, so that what reads it says that it is too long.
fn bytes(file: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = MAX_BYTES as u64 + 1;
    File::open(file)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
