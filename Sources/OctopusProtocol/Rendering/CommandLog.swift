import RESP

/// A command that took long, as SLOWLOG GET shows it. The server keeps them.
package struct SlowLogEntry: Sendable {
  package let id: Int64
  package let unixSeconds: Int64
  package let microseconds: Int64
  package let clientAddress: String
  package let clientName: [UInt8]
  /// Shortened, so that an entry takes at most about 4 KiB; of what may be secret only the command.
  package let arguments: [[UInt8]]

  private static let shownArguments = 32
  private static let shownBytes = 128

  package init(
    id: Int64, unixSeconds: Int64, microseconds: Int64, request: Request, clientAddress: String,
    clientName: [UInt8]
  ) {
    self.id = id
    self.unixSeconds = unixSeconds
    self.microseconds = microseconds
    self.clientAddress = clientAddress
    self.clientName = clientName
    let visible = request.visible
    // As in Redis, the last element of a list that is too long says how many are left out.
    let isCut = visible.count > Self.shownArguments
    var arguments = visible.prefix(isCut ? Self.shownArguments - 1 : visible.count).map(
      Self.shorten)
    if isCut {
      arguments.append(Array("... (\(visible.count - arguments.count) more arguments)".utf8))
    }
    self.arguments = arguments
  }

  private static func shorten(_ argument: ArraySlice<UInt8>) -> [UInt8] {
    guard argument.count > shownBytes else { return Array(argument) }
    return argument.prefix(shownBytes)
      + Array("... (\(argument.count - shownBytes) more bytes)".utf8)
  }
}

extension Request {
  /// The arguments as others may see them: of a command that takes a password, only its name.
  fileprivate var visible: [ArraySlice<UInt8>] {
    guard let first, let name = CommandTable.standard.find(first),
      CommandTable.standard[name].flags.contains(.secret), count > 1
    else { return Array(self) }
    return [first, Array("(redacted)".utf8)[...]]
  }
}

extension RESPEncoder {
  /// SLOWLOG GET.
  package mutating func append(_ entries: [SlowLogEntry]) {
    arrayHeader(entries.count)
    for entry in entries {
      arrayHeader(6)
      integer(entry.id)
      integer(entry.unixSeconds)
      integer(entry.microseconds)
      arrayHeader(entry.arguments.count)
      for argument in entry.arguments { bulk(argument) }
      bulk(entry.clientAddress)
      bulk(entry.clientName)
    }
  }

  /// What a monitoring client sees of another's request, as MONITOR's line.
  package mutating func append(
    monitored request: Request, unixMicroseconds: Int64, address: String
  ) {
    let fraction = String(unixMicroseconds % 1_000_000)
    let zeros = String(repeating: "0", count: 6 - min(fraction.utf8.count, 6))
    var line = Array("\(unixMicroseconds / 1_000_000).\(zeros)\(fraction) [0 \(address)]".utf8)
    for argument in request.visible {
      line.append(UInt8(ascii: " "))
      line.append(shown: argument)
    }
    simple(line)
  }
}

extension [UInt8] {
  /// An argument in double quotes, with what cannot be printed escaped.
  fileprivate mutating func append(shown argument: ArraySlice<UInt8>) {
    append(UInt8(ascii: "\""))
    for byte in argument {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(contentsOf: [UInt8(ascii: "\\"), byte])
      case 0x0a: append(contentsOf: "\\n".utf8)
      case 0x0d: append(contentsOf: "\\r".utf8)
      case 0x09: append(contentsOf: "\\t".utf8)
      case 0x20...0x7e: append(byte)
      default:
        append(contentsOf: "\\x".utf8)
        if byte < 0x10 { append(UInt8(ascii: "0")) }
        append(contentsOf: String(byte, radix: 16).utf8)
      }
    }
    append(UInt8(ascii: "\""))
  }
}
