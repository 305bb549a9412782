import Glibc
import Logging
import OctopusSystem

/// Log lines on the standard error output: as text, or a JSON object a line.
package struct LogOutput: LogHandler {
  package enum Format: String, Sendable, CaseIterable { case text, json }

  package var metadata: Logger.Metadata = [:]
  package var logLevel: Logger.Level
  private let format: Format

  /// A logger that writes lines of this level, one of `levels`, and above.
  package static func logger(level: String, format: Format) -> Logger {
    let level = Logger.Level(rawValue: level) ?? .info
    return Logger(label: "octopus") { _ in LogOutput(logLevel: level, format: format) }
  }

  package static var levels: [String] { Logger.Level.allCases.map(\.rawValue) }

  private init(logLevel: Logger.Level, format: Format) {
    self.logLevel = logLevel
    self.format = format
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let facts = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value.description) }
    let line = Self.line(
      format, time: Timestamp.now(), level: event.level.rawValue,
      message: event.message.description, facts)
    // One call a line, so that lines never mix.
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  static func line(
    _ format: Format, time: String, level: String, message: String, _ facts: [(String, String)]
  ) -> [UInt8] {
    let parts: String =
      switch format {
      case .text:
        ([time, level, oneLine(message)] + facts.map { "\($0)=\(quotedIfNeeded($1))" })
          .joined(separator: " ")
      case .json:
        "{"
          + ([("time", time), ("level", level), ("message", message)] + facts)
          .map { "\(jsonString($0)):\(jsonString($1))" }.joined(separator: ",") + "}"
      }
    return Array((parts + "\n").utf8)
  }

  private static func oneLine(_ text: String) -> String { text.escaped(keepingLayout: false) }

  private static func quotedIfNeeded(_ text: String) -> String {
    let quoted = jsonString(text)
    let isPlain =
      !text.isEmpty && !text.utf8.contains(UInt8(ascii: " "))
      && !text.utf8.contains(UInt8(ascii: "="))
    return isPlain && quoted.utf8.count == text.utf8.count + 2 ? text : quoted
  }
}
