import OctopusEngine
import OctopusRecords
import RESP

// The commands of connection and server. Errors are in Redis's words, which clients know.
extension ConnectionCommand {
  init(_ request: Request, as name: CommandName) throws(Failure) {
    let isSubcommand = CommandTable.standard.isSubcommand(name)
    var arguments = Arguments(request, of: name, from: isSubcommand ? 2 : 1)
    switch name {
    case .multi: self = .multi
    case .exec: self = .exec
    case .discard: self = .discard
    case .reset: self = .reset
    case .quit: self = .quit
    case .time: self = .time
    case .monitor: self = .monitor
    case .ping: self = .ping(message: try arguments.readLast())
    case .echo: self = .echo(try arguments.readLast() ?? [])
    case .select:
      guard try arguments.readIntegerInRange() == 0 else {
        throw Failure(.error, "DB index is out of range")
      }
      self = .select
    case .bind: self = .bind(client: try arguments.readClientID())
    case .hello: self = .hello(try Hello(&arguments))
    case .auth: self = .authenticate(try Credentials(&arguments))
    case .info: self = .info(sections: try arguments.readTexts().map { $0.lowercased() })
    case .configGet: self = .configuration(patterns: try arguments.readTexts())
    case .slowlogGet: self = .slowLog(.get(count: try arguments.readSlowLogCount()))
    case .slowlogLen: self = .slowLog(.length)
    case .slowlogReset: self = .slowLog(.reset)
    case .backup: self = .backup(offset: try arguments.readBackupOffset())
    case .help: self = .help(try arguments.readCommandName())
    case .clientHelp: self = .help(.client)
    case .semHelp: self = .help(.sem)
    case .barrierHelp: self = .help(.barrier)
    case .commandHelp: self = .help(.command)
    case .configHelp: self = .help(.config)
    case .slowlogHelp: self = .help(.slowlog)
    case .command: self = .commandTable(.info([]))
    case .commandCount: self = .commandTable(.count)
    case .commandList: self = .commandTable(.list)
    case .commandInfo: self = .commandTable(.info(arguments.readCommandNames()))
    case .commandDocs:
      // Names that are no commands are left out; if all are, so must the rest be.
      let isForAll = arguments.isAtEnd
      let names = arguments.readCommandNames().compactMap { $0 }
      self = .commandTable(.docs(isForAll ? CommandTable.standard.commands.map(\.name) : names))
    default: self = .client(try ClientCommand(&arguments))
    }
  }
}

extension Arguments {
  fileprivate static let syntaxError = Failure(.error, "syntax error")

  /// The only argument that is left, if there is one.
  fileprivate mutating func readLast() throws(Failure) -> [UInt8]? {
    let last = readBytes()
    guard isAtEnd else { throw .wrongArity(command) }
    return last
  }

  fileprivate mutating func readIntegerInRange() throws(Failure) -> Int64 {
    guard let value = readInteger() else {
      throw Failure(.error, "value is not an integer or out of range")
    }
    return value
  }

  /// Names or patterns of what the server shows.
  ///
  /// - Throws: `tooBig` if they are longer than a name: to match long patterns takes long.
  fileprivate mutating func readTexts() throws(Failure) -> [String] {
    var texts: [String] = []
    var size = 0
    while let bytes = readBytes() {
      size += bytes.count
      guard size <= Limits.nameBytes else {
        throw Failure(.tooBig, "the arguments are longer than \(Limits.nameBytes) bytes")
      }
      texts.append(String(decoding: bytes, as: UTF8.self))
    }
    return texts
  }

  fileprivate mutating func readCommandNames() -> [CommandName?] {
    var names: [CommandName?] = []
    while let name = readBytes() { names.append(CommandTable.standard.find(name)) }
    return names
  }

  /// A command's name in one or several words: `CLIENT LIST`; nil if there is none.
  fileprivate mutating func readCommandName() throws(Failure) -> CommandName? {
    let words = try readTexts()
    if words.isEmpty { return nil }
    guard let name = CommandTable.standard.find(words.joined(separator: "|").utf8) else {
      throw Failure(.error, "no such command '\(words.joined(separator: " ").prefix(64))'")
    }
    return name
  }

  fileprivate mutating func readSlowLogCount() throws(Failure) -> Int? {
    if isAtEnd { return 10 }
    guard let count = readInteger(), count >= -1 else {
      throw Failure(.error, "count should be greater than or equal to -1")
    }
    guard isAtEnd else { throw .wrongArity(command) }
    return count == -1 ? nil : Int(count)
  }

  /// `[OFFSET offset]`.
  fileprivate mutating func readBackupOffset() throws(Failure) -> Int? {
    guard let word = readBytes() else { return nil }
    guard word.withUnsafeBytes({ Keyword($0) }) == "OFFSET", let offset = readInteger(),
      isAtEnd
    else { throw Self.syntaxError }
    guard offset >= 0 else { throw Failure(.error, "value is not an integer or out of range") }
    return Int(offset)
  }

  /// What names a client: letters without blanks, so that a line of CLIENT LIST can be read.
  fileprivate mutating func readLabel(_ what: String) throws(Failure) -> [UInt8] {
    guard let label = readBytes() else { throw Self.syntaxError }
    guard label.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw Failure(.error, "\(what) cannot contain spaces, newlines or special characters.")
    }
    guard label.count <= Limits.nameBytes else {
      throw Failure(.tooBig, "\(what) cannot be longer than \(Limits.nameBytes) bytes")
    }
    return label
  }
}

extension Credentials {
  /// `[user] password`.
  fileprivate init(_ arguments: inout Arguments) throws(Failure) {
    guard let first = arguments.readBytes() else { throw Arguments.syntaxError }
    if let second = arguments.readBytes() {
      self.init(user: first, password: second)
    } else {
      self.init(user: nil, password: first)
    }
    guard arguments.isAtEnd else { throw Arguments.syntaxError }
  }
}

extension Hello {
  fileprivate init(_ arguments: inout Arguments) throws(Failure) {
    self.init()
    guard !arguments.isAtEnd else { return }
    guard let number = arguments.readInteger() else {
      throw Failure(.error, "Protocol version is not an integer or out of range")
    }
    guard let version = RESPVersion(rawValue: Int(number)) else {
      throw Failure(.noProtocol, "unsupported protocol version")
    }
    self.version = version
    while let option = arguments.peekedWord {
      switch option {
      case "AUTH" where arguments.left > 2:
        arguments.skip()
        if let user = arguments.readBytes(), let password = arguments.readBytes() {
          credentials = Credentials(user: user, password: password)
        }
      case "SETNAME" where arguments.left > 1:
        arguments.skip()
        name = try arguments.readLabel("Client names")
      default:
        let shown = arguments.request.shown(arguments.next)
        throw Failure(.error, "Syntax error in HELLO option '\(shown)'")
      }
    }
  }
}

extension ClientCommand {
  fileprivate init(_ arguments: inout Arguments) throws(Failure) {
    switch arguments.command {
    case .clientID: self = .id
    case .clientInfo: self = .info
    case .clientGetname: self = .name
    case .clientSetname: self = .setName(try arguments.readLabel("Client names"))
    case .clientSetinfo: try self.init(setInfo: &arguments)
    case .clientList: self = .list(try ClientFilter(listing: &arguments))
    case .clientUnblock: self = .unblock(client: try arguments.readBlockedClient())
    case .clientKill where arguments.left == 1:
      self = .kill(ClientFilter(address: arguments.readBytes()), isOldForm: true)
    case .clientKill: self = .kill(try ClientFilter(killing: &arguments), isOldForm: false)
    default: preconditionFailure("\(arguments.command) has no parser")
    }
  }

  private init(setInfo arguments: inout Arguments) throws(Failure) {
    let attribute = arguments.next
    let word = arguments.peekedWord
    arguments.skip()
    switch word {
    case "LIB-NAME": self = .setLibraryName(try arguments.readLabel("lib-name"))
    case "LIB-VER": self = .setLibraryVersion(try arguments.readLabel("lib-ver"))
    default:
      throw Failure(.error, "Unrecognized option '\(arguments.request.shown(attribute))'")
    }
  }
}

extension ClientFilter {
  /// `[TYPE type] [ID id …]`
  fileprivate init(listing arguments: inout Arguments) throws(Failure) {
    self.init()
    while let word = arguments.peekedWord {
      arguments.skip()
      switch word {
      case "TYPE": kind = try arguments.readKind()
      case "ID":
        var ids = [try arguments.readClientID()]
        while !arguments.isAtEnd { ids.append(try arguments.readClientID()) }
        self.ids = ids
      default: throw Arguments.syntaxError
      }
    }
  }

  /// Pairs of a filter's name and its value.
  fileprivate init(killing arguments: inout Arguments) throws(Failure) {
    self.init()
    skipsSelf = true
    while let word = arguments.peekedWord {
      arguments.skip()
      switch word {
      case "ID": ids = [try arguments.readClientID()]
      case "TYPE": kind = try arguments.readKind()
      case "ADDR": address = try arguments.readValue()
      case "LADDR": localAddress = try arguments.readValue()
      case "USER": user = try arguments.readValue()
      case "SKIPME": skipsSelf = try arguments.readYesOrNo()
      default: throw Arguments.syntaxError
      }
    }
  }
}

extension Arguments {
  fileprivate var left: Int { request.count - next }

  fileprivate mutating func readValue() throws(Failure) -> [UInt8] {
    guard let value = readBytes() else { throw Self.syntaxError }
    return value
  }

  fileprivate mutating func readClientID() throws(Failure) -> Int64 {
    guard !isAtEnd else { throw Self.syntaxError }
    guard let id = readInteger(), id > 0 else {
      throw Failure(.error, "client-id should be greater than 0")
    }
    return id
  }

  /// A client's id, and perhaps TIMEOUT: there is no other way to end a wait.
  fileprivate mutating func readBlockedClient() throws(Failure) -> Int64 {
    let client = try readIntegerInRange()
    if let word = peekedWord {
      skip()
      guard word == "TIMEOUT", isAtEnd else {
        throw Failure(.error, "CLIENT UNBLOCK reason should be TIMEOUT")
      }
    }
    return client
  }

  fileprivate mutating func readKind() throws(Failure) -> ClientFilter.Kind {
    let text = String(decoding: try readValue(), as: UTF8.self)
    guard let kind = ClientFilter.Kind(rawValue: text.lowercased()) else {
      throw Failure(.error, "Unknown client type '\(text.prefix(64))'")
    }
    return kind
  }

  fileprivate mutating func readYesOrNo() throws(Failure) -> Bool {
    defer { skip() }
    switch peekedWord {
    case "YES": return true
    case "NO": return false
    default: throw Self.syntaxError
    }
  }
}
