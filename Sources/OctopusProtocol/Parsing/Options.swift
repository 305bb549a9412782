import OctopusEngine
import OctopusRecords

/// The options after a command's records or queries. Which ones a command takes, its row says.
struct Options {
  private var seen: OptionMask = []
  private(set) var trigger: TriggerRequest?
  private(set) var page = Page()
  private(set) var presence: SetOptions.Presence?
  private(set) var ifRevision: Int64?
  private(set) var removed: [[UInt8]] = []
  private(set) var added: [UpdateOptions.Addition] = []
  private(set) var condition = WaitCondition.match
  private(set) var timeout: Int64?
  private(set) var deferTag: [UInt8]?
  private(set) var task: [UInt8] = []
  private(set) var body: Record?

  var wantsRevision: Bool { has(.rev) }
  var isTransient: Bool { has(.transient) }
  var returnsRecord: Bool { has(.return) }
  var deletesAll: Bool { has(.all) }
  var isShared: Bool { has(.shared) }
  var consumes: Bool { has(.consume) }

  private func has(_ option: Option) -> Bool { seen.contains(OptionMask(option)) }

  /// Reads all that is left.
  ///
  /// - Throws: SYNTAX for what is no option of this command, is there twice, contradicts another
  ///   or lacks its value.
  init(_ arguments: inout Arguments) throws(Failure) {
    while let word = arguments.peekedWord {
      guard let option = arguments.option(word) else { throw arguments.notAnOption }
      try checkFits(option)
      seen.insert(OptionMask(option))
      arguments.skip()
      try readValue(of: option, &arguments)
    }
  }

  private func checkFits(_ option: Option) throws(Failure) {
    let isRepeatable = option == .remove || option == .add
    guard isRepeatable || !has(option) else { throw .syntax("\(option.word) is there twice") }
    let other: Option? =
      switch option {
      case .nx: .xx
      case .xx: .nx
      case .gone: .count
      case .count: .gone
      default: nil
      }
    if let other, has(other) {
      throw .syntax("\(option.word) contradicts \(other.word)")
    }
    if has(.trigger) && option == .cursor || has(.cursor) && option == .trigger {
      throw .syntax("CURSOR contradicts TRIGGER: the page may be a part of what it watches")
    }
    if option == .persist || option == .when, !has(.trigger) {
      throw .syntax("\(option.word) without TRIGGER before it")
    }
  }

  private mutating func readValue(
    of option: Option, _ arguments: inout Arguments
  ) throws(Failure) {
    switch option {
    case .rev, .transient, .return, .all, .shared, .consume: break
    case .cursor: page.hasCursor = true
    case .nx: presence = .absent
    case .xx: presence = .present
    case .gone: condition = .gone
    case .if: ifRevision = try arguments.readInteger(of: option, in: 0...EngineLimits.revision)
    case .limit: page.limit = Int(try arguments.readInteger(of: option, in: 0...Int64.max))
    case .count: condition = .count(Int(try arguments.readInteger(of: option, in: 1...Int64.max)))
    case .timeout:
      timeout = try arguments.readInteger(of: option, in: 0...EngineLimits.timeoutMilliseconds)
    case .as: task = try arguments.readPlainName("the holder after AS")
    case .with: body = try arguments.readMemberBody()
    case .defer: deferTag = try arguments.readPlainName("the tag after DEFER")
    case .after: page.after = try arguments.readName(of: option)
    case .remove: removed.append(try arguments.readAttribute(of: option))
    case .add: added.append(try arguments.readAddition())
    case .trigger: trigger = TriggerRequest(try arguments.readKinds())
    case .persist: trigger?.isPersistent = true
    case .when: trigger?.when = try arguments.readWhen()
    }
  }
}

extension Arguments {
  /// The option of this command that a word is.
  func option(_ word: Keyword) -> Option? {
    guard let option = Option(word),
      CommandTable.standard.options(of: command).contains(OptionMask(option))
    else { return nil }
    return option
  }

  /// Throws what `Options` would, for a command that takes none.
  func checkEnd() throws(Failure) {
    guard isAtEnd else { throw notAnOption }
  }

  fileprivate var notAnOption: Failure {
    .syntax(
      "'\(request.shown(next))' is not an option of \(CommandTable.standard[command].title); "
        + "quote a record or a query that has blanks as one argument")
  }

  fileprivate mutating func readInteger(
    of option: Option, in range: ClosedRange<Int64>
  ) throws(Failure) -> Int64 {
    guard let value = readInteger(), range.contains(value) else {
      let bounds =
        range.upperBound == .max
        ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      throw .syntax("\(option.word) takes an integer \(bounds)")
    }
    return value
  }

  /// A name in text form, plain.
  fileprivate mutating func readName(of option: Option) throws(Failure) -> [UInt8] {
    guard !isAtEnd else { throw .syntax("\(option.word) takes a name") }
    defer { skip() }
    let query: Query
    do {
      query = try request.withBytes(of: next) { (text) throws(SyntaxError) in
        try Query(Bytes(text))
      }
    } catch {
      var failure = Failure(error)
      failure.message += " of the name after \(option.word)"
      throw failure
    }
    guard case .exact(let name) = query.clause.name else {
      throw Failure(.noName, "\(option.word) takes a name, not a pattern")
    }
    guard request[next].last != UInt8(ascii: "}") else {
      throw .syntax("\(option.word) takes a name, without a body")
    }
    return query.clause.copy(name)
  }

  /// An attribute's name in text form, plain.
  fileprivate mutating func readAttribute(of option: Option) throws(Failure) -> [UInt8] {
    guard !isAtEnd else { throw .syntax("\(option.word) takes the name of an attribute") }
    defer { skip() }
    do {
      return try request.withBytes(of: next) { (text) throws(SyntaxError) in
        try attributeName(Bytes(text))
      }
    } catch {
      var failure = Failure(error)
      failure.message += " of the name after \(option.word)"
      throw failure
    }
  }

  fileprivate mutating func readAddition() throws(Failure) -> UpdateOptions.Addition {
    let attribute = try readAttribute(of: .add)
    guard !isAtEnd else { throw .syntax("ADD takes an attribute and a number") }
    defer { skip() }
    do {
      let amount = try request.withBytes(of: next) { (text) throws(SyntaxError) in
        try Value(number: Bytes(text))
      }
      return UpdateOptions.Addition(attribute: attribute, amount: amount)
    } catch { throw .syntax("\(error) of the number after ADD") }
  }

  /// One kind or several, each once.
  fileprivate mutating func readKinds() throws(Failure) -> TriggerRequest.Kinds {
    var kinds: TriggerRequest.Kinds = []
    while let word = peekedWord, let kind = TriggerRequest.Kinds(word) {
      guard kinds.isDisjoint(with: kind) else {
        throw .syntax("TRIGGER takes each of SET, DEL and OUT once")
      }
      kinds.formUnion(kind)
      skip()
    }
    guard !kinds.isEmpty else { throw .syntax("TRIGGER takes SET, DEL, OUT or ANY") }
    return kinds
  }

  fileprivate mutating func readWhen() throws(Failure) -> TriggerRequest.When {
    defer { skip() }
    switch peekedWord {
    case "ALWAYS": return .always
    case "FOUND": return .found
    case "MISSING": return .missing
    default: throw .syntax("WHEN takes FOUND, MISSING or ALWAYS")
    }
  }
}

extension TriggerRequest.Kinds {
  fileprivate init?(_ word: Keyword) {
    switch word {
    case "SET": self = .set
    case "DEL": self = .delete
    case "OUT": self = .out
    case "ANY": self = .any
    default: return nil
    }
  }
}

extension Failure {
  static func syntax(_ message: String) -> Failure { Failure(.syntax, message) }
}
