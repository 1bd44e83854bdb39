//! What each kind of problem means, and what to do about it. A test holds `docs/problems.md` to the
//! same words.

use filittle_common::problem::Kind;

/// A kind of problem, for people.
pub(super) struct Explained {
    /// When it is told: of a request, of an input, of a job.
    pub(super) when: &'static [&'static str],
    /// What to do.
    pub(super) remedy: &'static str,
}

/// All that is to be said of a kind.
pub(super) fn explained(kind: Kind) -> Explained {
    let (when, remedy): (&[&str], _) = match kind {
        Kind::BadRequest => (
            &[
                "the body is no JSON, a form is damaged, a body was cut off or came slower than 1 KiB a second",
            ],
            "Mend what detail names, and send the request again.",
        ),
        Kind::Unauthenticated => (
            &[
                "no credentials, or wrong, or not valid any more; address or password wrong at login, or a one-time token that was used or has expired",
            ],
            "Sign in again, or send an API key that is valid.",
        ),
        Kind::Forbidden => (
            &["the registration is closed; `/metrics` is not for whoever asks"],
            "Ask whoever runs the service.",
        ),
        Kind::NotFound => (
            &[
                "nothing is at this address, or there is no such file, job, output, key, link or verification; also when it is somebody else's",
            ],
            "Look at the address. What is somebody else's is not found, either.",
        ),
        Kind::MethodNotAllowed => (
            &["`Allow` names the methods of this address"],
            "Use a method that Allow names.",
        ),
        Kind::Conflict => (
            &[
                "the state does not allow it: cancel of an ended job, retry or delete of one that has not ended, an address that has an account, mails to an address that servers have just refused, a request whose `Idempotency-Key` another is under way with",
            ],
            "Look at how it stands, and decide anew.",
        ),
        Kind::Gone => (
            &[
                "the file was deleted, the job was deleted or has expired, the link has expired, the token of a verification was used or has expired, what an `Idempotency-Key` made was deleted",
            ],
            "It does not come back. Upload the file or submit the job again, or ask for another link.",
        ),
        Kind::PreconditionFailed => (
            &["it is not what `If-Match` names"],
            "Get it again, look at what has changed, and send the write with its new ETag.",
        ),
        Kind::TooLarge => (
            &[
                "a file over `--max-file-bytes`, more parts than `--max-parts`, a JSON body over 1 MiB",
            ],
            "Send less at once. GET /v1/limits tells how much may come.",
        ),
        Kind::UnsupportedMediaType => (
            &[
                "a JSON body sent as another type",
                "a picture step on something that is neither JPEG nor PNG",
            ],
            "Send JSON as application/json, and JPEG or PNG to steps of pictures.",
        ),
        Kind::NotAcceptable => (
            &["`unpack=true`, and `Accept-Encoding` does not name how the content is packed"],
            "Send Accept-Encoding, as curl does with --compressed, or leave unpack out and unpack it.",
        ),
        Kind::RangeNotSatisfiable => (
            &["the range lies outside the content"],
            "Content-Range tells how long the content is; ask for a range within it.",
        ),
        Kind::Invalid => (
            &[
                "some values are not right; see `errors`. Also for what the API reserves and this build does not have, and for an `Idempotency-Key` that was used for another request",
            ],
            "Each of errors names a place and what would be right there.",
        ),
        Kind::EmptyFile => (
            &["an upload without a byte", "a picture step on nothing"],
            "Look at whether the file was read, and upload it again.",
        ),
        _ => of_work(kind),
    };
    Explained { when, remedy }
}

fn of_work(kind: Kind) -> (&'static [&'static str], &'static str) {
    match kind {
        Kind::DamagedPicture => (
            &["the picture breaks the rules of its format"],
            "Open it in a program for pictures, and save it anew.",
        ),
        Kind::TruncatedPicture => (
            &["the picture ends too early"],
            "Get the whole picture, and upload it again.",
        ),
        Kind::TooManyPixels => (
            &[
                "over `--max-pixels` (100 megapixels) or 65,535 pixels on a side, read or to be made",
            ],
            "Make the picture smaller before the upload, or ask for a smaller result.",
        ),
        Kind::PictureTooLarge => (
            &["over `--max-picture-bytes` (100 MiB) as a file"],
            "Save it with less quality, or in another format.",
        ),
        Kind::DamagedArchive => (
            &["what is to be unpacked breaks the rules of its format, or its checksum is another"],
            "Get it again, and compare its checksum with that of where it came from.",
        ),
        Kind::TruncatedArchive => (
            &["what is to be unpacked ends too early"],
            "Get the whole file, and upload it again.",
        ),
        Kind::UnsupportedArchive => (
            &[
                "neither zstd, gzip, brotli (known by its ending .br), xz, lz4, bzip2, zip nor tar",
                "it does not begin as `format` says, or is empty",
                "a file in a zip is packed in a way that is not read",
            ],
            "Unpack it with the program it was made with; brotli under another name with `format`.",
        ),
        Kind::EncryptedArchive => (
            &["a file in a zip is encrypted"],
            "Unpack it with the program it was made with, by its password.",
        ),
        Kind::OverlappingArchive => (
            &["files of a zip lie over one another, as in a bomb"],
            "Do not trust whoever made it.",
        ),
        Kind::TooManyEntries => (
            &[
                "over `--max-entries` (100,000) files, folders and links in an archive, or 320 times as many bytes of names",
            ],
            "Split the archive.",
        ),
        Kind::TooManyOutputs => (
            &["more than 1,000 results of one job"],
            "Put them into one archive by a further step, or split the job.",
        ),
        Kind::ExpansionTooLarge => (
            &["over 64 MiB, and over `--max-expansion` (1,000) times as large as what was packed"],
            "Unpack it on a machine of your own, if you trust it.",
        ),
        Kind::OutputTooLarge => (
            &["the results grow over `--max-output-bytes` (50 GiB) together"],
            "Split the job.",
        ),
        Kind::DeadlineExceeded => (
            &["the attempt took longer than 6 hours"],
            "Split the job, or choose a lower level.",
        ),
        Kind::NotEnoughMemory => (
            &["the machine has not the memory that the file needs"],
            "Make the picture smaller, or ask whoever runs the service for more memory.",
        ),
        Kind::CannotBeProcessed => (
            &["everything else, such as intermediate results over 10 GiB"],
            "detail says why.",
        ),
        Kind::AllInputsFailed => (
            &["several inputs, and all failed; each item tells why"],
            "Look at the error of each item.",
        ),
        _ => of_service(kind),
    }
}

fn of_service(kind: Kind) -> (&'static [&'static str], &'static str) {
    match kind {
        Kind::TooManyJobs => (
            &[
                "more of the account's jobs have not ended than may be there. With `Retry-After`, `RateLimit` and `RateLimit-Policy`",
            ],
            "Wait until some of your jobs have ended, or cancel some.",
        ),
        Kind::TooManyRequests => (
            &[
                "more uploads, downloads or streams of events at once than an account may have, more tries to sign in or to register than an address may have in a minute. With `Retry-After`",
            ],
            "Come again after Retry-After.",
        ),
        Kind::Unavailable => (
            &[
                "database or store do not answer, too many uploads, downloads or logins at once, the service is ending. With `Retry-After`",
            ],
            "Come again after Retry-After. The request did nothing.",
        ),
        Kind::BacklogFull => (
            &["more jobs of all accounts have not ended than may be there. With `Retry-After`"],
            "Come again after Retry-After.",
        ),
        Kind::InsufficientStorage => (
            &["the disk is full"],
            "Delete what you do not need, and tell whoever runs the service.",
        ),
        Kind::TooManyAttempts => (
            &["every attempt failed by a fault of ours, `max_attempts` times"],
            "Try the job again later, and tell whoever runs the service.",
        ),
        Kind::WorkerCrashed => (
            &["its worker died or froze three times"],
            "Try it with fewer or smaller inputs, and tell whoever runs the service.",
        ),
        _ => (
            &[
                "a fault of ours; the log has it, under the `x-request-id` of the answer",
                "while a job waits for its next attempt: why the last one failed",
            ],
            "Try again, and tell whoever runs the service, with the x-request-id.",
        ),
    }
}
