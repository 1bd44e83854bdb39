//! See the library.

fn main() -> std::process::ExitCode {
    filittle::main()
}
