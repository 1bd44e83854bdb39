//! What is to be worked on.

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read, Seek},
    os::fd::AsFd,
    path::Path,
};

use filittle_pack::Container;
use filittle_steps::{CompressFormat, Decompress, Kind, Op, op};
use filittle_transform::{Archive, Attributes, Input, archive, names::Names};

use super::{folders::Folder, pipe::Pipe};

/// What a tar consists of, in bytes.
const TAR_BLOCK: usize = 512;

/// An input as it was named on the command line, opened or not.
pub(super) struct Source {
    /// As the user wrote it.
    pub shown: String,
    pub input: io::Result<Input>,
    /// When it is read while it comes.
    pub pipe: Option<Pipe>,
}

impl Source {
    /// Whether the inputs can be what the user means: standard input at most once.
    pub(super) fn check(paths: &[&OsStr], name: &str) -> Result<(), Vec<String>> {
        if paths.iter().any(|path| path.is_empty()) {
            return Err(vec!["an empty text names no input".to_owned()]);
        }
        if let Some(flag) = op(name).and_then(switch) {
            let mut values = ["true", "false"].into_iter();
            let was_meant =
                |value: &&str| paths.iter().any(|path| path == value) && !Path::new(value).exists();
            if let Some(value) = values.find(was_meant) {
                return Err(vec![format!(
                    "there is no file `{value}`; a flag takes it behind `=`, as `--{flag}={value}`"
                )]);
            }
        }
        match paths.iter().filter(|path| **path == "-").count() {
            0 | 1 => Ok(()),
            _ => Err(vec!["standard input can be read only once".to_owned()]),
        }
    }

    /// Whether not everybody may read it.
    pub(super) fn is_private(&self) -> bool {
        let input = self.input.as_ref();
        input.is_ok_and(|input| input.attributes.is_private)
    }

    /// Whether it is a tar, as far as it can be read.
    pub(super) fn is_tar(&mut self) -> Option<bool> {
        let (_, reader) = self.begin()?;
        let mut head = Vec::new();
        let most = Container::SNIFF_BYTES as u64;
        reader.take(most).read_to_end(&mut head).ok()?;
        // One of no files is zeros.
        let is_empty = head.len() >= TAR_BLOCK && head.iter().all(|byte| *byte == 0);
        Some(is_empty || Container::sniff(&head) == Some(Container::Tar))
    }

    /// Opens all, for an archive the files of folders too. An input that cannot be opened fails
    /// alone, later. What of a folder is left out is told in the second list.
    pub(super) fn open_for_archive(paths: &[&OsStr], output: &str) -> (Vec<Self>, Vec<String>) {
        let (mut sources, mut left_out) = (Vec::new(), Vec::new());
        let output = Some(Path::new(output)).filter(|path| path.is_file());
        for path in paths {
            if *path == "-" || !Path::new(path).is_dir() {
                sources.push(Self {
                    shown: path.to_string_lossy().into_owned(),
                    input: open_later(path, file_name(path)),
                    pipe: None,
                });
                continue;
            }
            let folder = Folder::read(Path::new(path), output);
            for (path, why) in folder.left_out {
                left_out.push(format!("{}: left out, {why}", path.display()));
            }
            sources.extend(folder.files.into_iter().map(|found| Self {
                shown: found.path.to_string_lossy().into_owned(),
                input: match found.hindrance {
                    Some(error) => Err(error),
                    None => open_later(found.path.as_os_str(), found.name),
                },
                pipe: None,
            }));
        }
        (sources, left_out)
    }

    /// The archive that is unpacked into several files, if it is one.
    pub(super) fn archive(&mut self, step: &Decompress) -> Option<Archive> {
        let (name, reader) = self.begin()?;
        archive(step, name, reader).ok()?
    }

    /// Whether only its beginning is known.
    pub(super) fn goes_on(&self) -> bool {
        self.pipe.as_ref().is_some_and(Pipe::goes_on)
    }

    /// The format of the stream that a pipe begins with.
    pub(super) fn stream(&self) -> Option<CompressFormat> {
        let mut head = Vec::new();
        let most = Container::SNIFF_BYTES as u64;
        let pipe = self.pipe.as_ref()?;
        pipe.head().take(most).read_to_end(&mut head).ok()?;
        match Container::sniff(&head)? {
            Container::Stream(format) => CompressFormat::named(format.name()),
            _ => None,
        }
    }

    /// Its name, and its bytes from the first one, of a pipe only the beginning. What cannot be read
    /// fails later, and is told then.
    fn begin(&mut self) -> Option<(&str, Box<dyn Read + Send>)> {
        let input = self.input.as_mut().ok()?;
        let reader = match &self.pipe {
            Some(pipe) => pipe.head(),
            None => (input.open)().ok()?,
        };
        Some((&input.name, reader))
    }

    /// Opens all. An input that cannot be opened fails alone, later.
    pub(super) fn open_all(paths: &[&OsStr], op: &str) -> Vec<Self> {
        let mut names = Names::default();
        // The results of a.jpg and a.png would both be a.png.
        let by_stem = matches!(op, "convert" | "dither");
        // Pictures are looked at before they are worked on.
        let in_passing = matches!(op, "compress" | "decompress");
        paths
            .iter()
            .map(|path| {
                let name = if by_stem {
                    by_own_stem(path, &mut names)
                } else {
                    file_name(path)
                };
                let shown = path.to_string_lossy().into_owned();
                let piped = in_passing.then(|| pipe(path)).flatten();
                let Some(file) = piped else {
                    let (input, pipe) = (open(path, name), None);
                    return Self { shown, input, pipe };
                };
                let (pipe, input) = match file.and_then(|file| Pipe::open(file, name)) {
                    Ok((pipe, input)) => (Some(pipe), Ok(input)),
                    Err(error) => (None, Err(error)),
                };
                Self { shown, input, pipe }
            })
            .collect()
    }
}

/// A parameter of an op that is true or false.
fn switch(op: &Op) -> Option<&'static str> {
    let mut params = op.params.iter();
    let param = params.find(|param| param.kind == Kind::Bool)?;
    Some(param.name)
}

fn file_name(path: &OsStr) -> String {
    let name = Path::new(path)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    if path == "-" {
        "stdin".to_owned()
    } else {
        name.into_owned()
    }
}

/// What an archive of all that was asked for is called, after a single file or folder.
pub(super) fn archive_name(paths: &[&OsStr], extension: &str) -> Option<String> {
    let [path] = *paths else {
        return None;
    };
    if path == "-" {
        return None;
    }
    // `.` and `..` have no name of their own.
    let path = match Path::new(path).file_name() {
        Some(name) => name.to_owned(),
        None => Path::new(path).canonicalize().ok()?.file_name()?.to_owned(),
    };
    Some(format!("{}.{extension}", path.to_string_lossy()))
}

/// What is to be read, if that is no file and no folder.
fn pipe(path: &OsStr) -> Option<io::Result<File>> {
    if path == "-" {
        return Some(io::stdin().as_fd().try_clone_to_owned().map(File::from));
    }
    let metadata = fs::metadata(path).ok()?;
    (!metadata.is_file() && !metadata.is_dir()).then(|| File::open(path))
}

/// The name with a stem that no input before has.
fn by_own_stem(path: &OsStr, names: &mut Names) -> String {
    let name = file_name(path);
    let stem = Path::new(&name)
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    let claimed = names.claim(&stem);
    match Path::new(&name).extension() {
        Some(extension) => format!("{claimed}.{}", extension.to_string_lossy()),
        None => claimed,
    }
}

/// Held open, so that it stays what it is when the result of another input is written over it.
fn open(path: &OsStr, name: String) -> io::Result<Input> {
    let (file, attributes) = if path == "-" {
        (spooled(&mut io::stdin().lock())?, Attributes::default())
    } else {
        on_disk(path)?
    };
    let size = file.metadata()?.len();
    let open = move || {
        let mut again = file.try_clone()?;
        again.rewind()?;
        Ok(up_to(again, size))
    };
    Ok(Input {
        name,
        size: Some(size),
        attributes,
        open: Box::new(open),
    })
}

/// Opened when it is its turn: those of an archive may be more than can be open at once, and nothing
/// is written before all are read. Whether it can be opened is known now.
fn open_later(path: &OsStr, name: String) -> io::Result<Input> {
    let input = open(path, name)?;
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file);
    let size = metadata.map(|metadata| metadata.len());
    let Some(size) = size.filter(|size| input.size == Some(*size)) else {
        return Ok(input);
    };
    let path = path.to_owned();
    Ok(Input {
        open: Box::new(move || Ok(up_to(File::open(&path)?, size))),
        ..input
    })
}

/// A file whose size is known, and what archives keep of it; a pipe or device is read to its end first.
fn on_disk(path: &OsStr) -> io::Result<(File, Attributes)> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    // Files of the kernel, as in /proc, are told to be empty and are not.
    let is_known = metadata.is_file() && (metadata.len() > 0 || file.read(&mut [0])? == 0);
    if is_known {
        Ok((file, Attributes::of_file(&metadata)))
    } else {
        if metadata.is_file() {
            file.rewind()?;
        }
        Ok((spooled(&mut file)?, Attributes::default()))
    }
}

/// What comes to a file while it is read is not read: an archive has its size in front of it.
fn up_to(file: File, size: u64) -> Box<dyn Read + Send> {
    Box::new(file.take(size))
}

/// Everything there is to read, in a file without a name.
fn spooled(from: &mut dyn io::Read) -> io::Result<File> {
    let told = |error: io::Error| {
        let folder = env::temp_dir();
        let folder = folder.display();
        io::Error::other(format!(
            "it is a pipe, and cannot be stored in {folder} first: {error}"
        ))
    };
    let mut file = tempfile::tempfile().map_err(told)?;
    io::copy(from, &mut file).map_err(told)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_comes_to_a_file_later_is_not_read() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(b"before").expect("written");
        let path = file.path().as_os_str().to_owned();
        for open in [open, open_later] {
            let mut input = open(&path, "a".to_owned()).expect("an input");
            file.write_all(b" and after").expect("written");
            let mut read = Vec::new();
            let mut reader = (input.open)().expect("opened");
            reader.read_to_end(&mut read).expect("read");
            assert_eq!(Some(read.len() as u64), input.size);
            assert!(read.starts_with(b"before"));
        }
    }
}
