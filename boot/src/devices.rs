//! Devices that whoever runs a process has described: files in TOML, each called as its file is.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use filittle_steps::devices::{Device, MAX_BYTES, parse};

use crate::mistakes::{Mistakes, present};

/// Most files of a folder.
const MOST: usize = 1000;
/// The longest name, in bytes.
const LONGEST_NAME: usize = 64;
const ENDING: &str = "toml";

/// Where such files are.
#[derive(Clone, Debug, Default, Args)]
pub struct DeviceOptions {
    /// A folder of descriptions of devices, each a file NAME.toml; read at the start
    #[arg(long, env = "FILITTLE_DEVICES", value_name = "FOLDER")]
    devices: Option<String>,
}

impl DeviceOptions {
    /// The devices, when all of them are right; the rest goes to `mistakes`.
    pub fn check(self, mistakes: &mut Mistakes) -> Option<Vec<Device>> {
        let Some(folder) = present(self.devices) else {
            return Some(Vec::new());
        };
        in_folder(Path::new(&folder))
            .map_err(|wrongs| {
                for wrong in wrongs {
                    mistakes.note("FILITTLE_DEVICES", wrong);
                }
            })
            .ok()
    }
}

/// Makes them known to whatever reads steps from now on; once in a process.
pub fn add(devices: Vec<Device>) {
    // A second time is a mistake of the program, and the first counts.
    let added = filittle_steps::devices::add(devices);
    debug_assert!(added.is_ok(), "devices were added before");
}

/// All `*.toml` of a folder, by their names.
///
/// # Errors
/// What is wrong with each, with its file and its line.
pub fn in_folder(folder: &Path) -> Result<Vec<Device>, Vec<String>> {
    let files = files(folder).map_err(|wrong| vec![wrong])?;
    let (mut devices, mut wrongs) = (Vec::new(), Vec::new());
    for file in files {
        match read(&file) {
            Ok(device) => devices.push(device),
            Err(wrong) => wrongs.push(wrong),
        }
    }
    if wrongs.is_empty() {
        Ok(devices)
    } else {
        Err(wrongs)
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let told = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(told)? {
        let path = entry.map_err(told)?.path();
        if path.extension().is_some_and(|it| it == ENDING) {
            files.push(path);
        }
        if files.len() > MOST {
            let folder = folder.display();
            return Err(format!("{folder} has more than {MOST} files of devices"));
        }
    }
    files.sort();
    Ok(files)
}

/// The device that a file describes, called as the file is without its ending.
///
/// # Errors
/// What is wrong with it, with the file and the line.
pub fn read(file: &Path) -> Result<Device, String> {
    let shown = file.display();
    let name = name(file).ok_or_else(|| {
        format!(
            "{shown}: the name of the file is that of the device; give it 1 to {LONGEST_NAME} \
             letters, digits, `-`, `_` or `.` before .toml"
        )
    })?;
    let bytes = bytes(file).map_err(|error| format!("cannot read {shown}: {error}"))?;
    let text = str::from_utf8(&bytes).map_err(|_| format!("{shown}: it is no text in UTF-8"))?;
    parse(name, text).map_err(|error| format!("{shown}: {error}"))
}

fn name(file: &Path) -> Option<&str> {
    let name = file.file_stem()?.to_str()?;
    let is_right = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (name.len() <= LONGEST_NAME && name.bytes().all(is_right)).then_some(name)
}

/// One byte more than can be right, so that the parser says that it is too long.
fn bytes(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = MAX_BYTES as u64 + 1;
    File::open(file)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str =
        "width = 8\nheight = 4\n[[inks]]\ncolor = \"000\"\n[[inks]]\ncolor = \"fff\"\n";

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn a_device_is_called_as_its_file_and_other_files_are_left_alone() {
        let files = [
            ("b.toml", RIGHT),
            ("a.toml", RIGHT),
            ("README.md", "no device"),
        ];
        let folder = folder(&files);
        let devices = in_folder(folder.path()).unwrap();
        let names: Vec<_> = devices.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn every_bad_file_is_told_with_its_line() {
        let bad = RIGHT.replace("height = 4", "height = 0");
        let files = [("a.toml", RIGHT), ("b.toml", &bad), ("c d.toml", RIGHT)];
        let folder = folder(&files);
        let wrongs = in_folder(folder.path()).unwrap_err();
        assert_eq!(wrongs.len(), 2, "{wrongs:#?}");
        assert!(wrongs[0].contains("b.toml: line 2: height"), "{wrongs:#?}");
        assert!(wrongs[1].contains("c d.toml: the name"), "{wrongs:#?}");
    }

    #[test]
    fn a_description_that_is_too_long_is_refused() {
        let long = "#".repeat(100 << 10);
        let folder = folder(&[("a.toml", &long)]);
        let wrongs = in_folder(folder.path()).unwrap_err();
        assert!(wrongs[0].contains("more than 65536 bytes"), "{wrongs:#?}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_a_mistake() {
        let mut mistakes = Mistakes::default();
        let options = DeviceOptions {
            devices: Some("/nowhere/devices".into()),
        };
        let read = options.check(&mut mistakes);
        let told = mistakes.check(read).unwrap_err().to_string();
        assert!(
            told.contains("FILITTLE_DEVICES (--devices): cannot read /nowhere"),
            "{told}"
        );
    }
}
