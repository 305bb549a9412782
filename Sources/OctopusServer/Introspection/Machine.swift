import Glibc

/// The operating system, for INFO.
enum Machine {
  static func description() -> String {
    var name = utsname()
    uname(&name)
    return "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
  }

  /// Reads a null-terminated array of characters.
  private static func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
