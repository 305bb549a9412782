// Finds placeholders in arguments that are programs themselves: the script of a shell's `-c`, the
// code of an interpreter's `-e`. A device's record must not become a part of a program.

enum Scripts {
  /// The letters of the options whose argument is a script, by the program's name.
  private static let letters: [String: String] = [
    "sh": "c", "ash": "c", "bash": "c", "csh": "c", "dash": "c", "fish": "c", "ksh": "c",
    "elvish": "c", "lksh": "c", "mksh": "c", "nu": "c", "oksh": "c", "osh": "c", "posh": "c",
    "pwsh": "cC", "rbash": "c", "rksh": "c", "static-sh": "c", "tcsh": "c", "xonsh": "c",
    "yash": "c", "zsh": "c",
    "expect": "c", "gawk": "e", "guile": "c", "lua": "e", "luajit": "e", "node": "ep",
    "nodejs": "ep", "perl": "eE", "php": "rBRE", "pypy": "c", "python": "c", "ruby": "e",
    // These run it with a shell.
    "runuser": "c", "sg": "c", "su": "c",
    // Splits its argument into a command line.
    "env": "S",
  ]

  /// Options of shells that take the next argument.
  private static let withArgument: Set = ["--rcfile", "--init-file", "-W", "-X"]

  /// The first placeholder within a script, among a driver's arguments.
  static func placeholder(in exec: [ArgumentTemplate]) -> String? {
    for (index, template) in exec.enumerated() {
      // It need not be the first: `env`, `nice` and others run what follows.
      let name = name(template.text)
      guard let letters = letters[name] ?? letters[baseName(name)] else { continue }
      if let found = placeholder(in: exec[(index + 1)...], letters) { return found }
    }
    return nil
  }

  private static func placeholder(
    in arguments: ArraySlice<ArgumentTemplate>, _ letters: String
  ) -> String? {
    var isScript = false
    var isOptionsArgument = false
    for argument in arguments {
      let text = argument.text
      let isOption = text.utf8.first.map { "-+".utf8.contains($0) } ?? false
      if isOptionsArgument {
        isOptionsArgument = false
      } else if isOption, text != "-" {
        // `--command=…`, `-Sprogram …`: the script may be in the option itself.
        if let attribute = argument.attributes.first { return attribute }
        isOptionsArgument = withArgument.contains(text) || endsInO(text)
        isScript = isScript || names(text, letters)
      } else {
        return isScript ? argument.attributes.first : nil
      }
    }
    return nil
  }

  private static func names(_ option: String, _ letters: String) -> Bool {
    if ["--command", "--eval", "--print", "--split-string"].contains(option) { return true }
    return !option.utf8.starts(with: "--".utf8)
      && option.utf8.contains { letters.utf8.contains($0) }
  }

  /// `-euo pipefail`, `+o posix`.
  private static func endsInO(_ option: String) -> Bool {
    !option.utf8.starts(with: "--".utf8)
      && (option.utf8.last.map { "oO".utf8.contains($0) } ?? false)
  }

  /// The letters before a version or a variant: `perl` of `perl5.36-x86_64-linux-gnu`, `bash` of
  /// `bash-static`.
  private static func baseName(_ name: String) -> String {
    String(decoding: name.utf8.prefix { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a }, as: UTF8.self)
  }

  /// The program's name without its version: `python3.11` is `python`.
  private static func name(_ path: String) -> String {
    let last = path.utf8.split(separator: UInt8(ascii: "/")).last ?? "".utf8[...]
    let end = last.lastIndex { !"0123456789.".utf8.contains($0) }
    return end.flatMap { String(last[...$0]) } ?? ""
  }
}
