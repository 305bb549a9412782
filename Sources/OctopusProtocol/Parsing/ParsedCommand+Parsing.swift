import OctopusEngine
import OctopusRecords
import RESP

extension ParsedCommand {
  /// Reads a whole request.
  package init(_ request: Request) throws(Failure) {
    try self.init(request, as: CommandTable.standard.identify(request))
  }

  /// Reads the arguments of a request that was identified as this command.
  package init(_ request: borrowing Request, as name: CommandName) throws(Failure) {
    let isSubcommand = CommandTable.standard.isSubcommand(name)
    var arguments = Arguments(copy request, of: name, from: isSubcommand ? 2 : 1)
    switch name {
    case .get, .names, .find, .count, .exists, .explain, .observe, .waitfor:
      self = .engine(try Command(reading: &arguments))
    case .set, .setseq, .update, .del:
      self = .engine(try Command(writing: &arguments))
    case .dbsize:
      self = .engine(Command(.size))
    case .sync:
      let options = try Options(&arguments)
      self = .engine(Command(.sync(timeoutMilliseconds: options.timeout), options))
    case .untrigger:
      guard let id = arguments.readInteger() else { throw .syntax("UNTRIGGER takes an integer") }
      self = .engine(Command(.untrigger(id)))
    case .lock, .unlock, .semNew, .semWait, .semTry, .semPost, .barrierEnter, .barrierLeave:
      self = .engine(try Command(coordinating: &arguments))
    case .cancel:
      self = .engine(Command(.cancel(tag: try arguments.readPlainName("a tag"))))
    case .publish:
      let record = try arguments.readText(Record.init)
      try arguments.checkEnd()
      self = .engine(Command(.publish(record)))
    case .subscribe: self = .engine(Command(.subscribe(try arguments.readWholeQueries())))
    case .psubscribe: self = .engine(Command(.patternSubscribe(try arguments.readWholeQueries())))
    case .unsubscribe:
      self = .engine(Command(.unsubscribe(try arguments.readWholeQueries().map(\.source))))
    case .punsubscribe:
      self = .engine(Command(.patternUnsubscribe(try arguments.readWholeQueries().map(\.source))))
    default:
      self = .connection(try ConnectionCommand(copy request, as: name))
    }
  }
}

extension Command {
  fileprivate init(_ operation: Operation, _ options: Options) {
    self.init(
      operation, trigger: options.trigger, wantsRevision: options.wantsRevision,
      deferTag: options.deferTag)
  }

  /// Reads a command that begins with a query or several.
  fileprivate init(reading arguments: inout Arguments) throws(Failure) {
    if arguments.command == .exists {
      let queries = try arguments.readQueries()
      self.init(.exists(queries), try Options(&arguments))
      return
    }
    let query = try arguments.readText(Query.init)
    let options = try Options(&arguments)
    let operation: Operation =
      switch arguments.command {
      case .get: .get(query)
      case .names: .names(query, options.page)
      case .find: .find(query, options.page)
      case .count: try .count(query, options.page)
      case .explain: .explain(query)
      case .observe: .observe(query)
      default: .waitFor(query, options.condition, timeoutMilliseconds: options.timeout)
      }
    self.init(operation, options)
  }

  /// Reads a command that changes records.
  fileprivate init(writing arguments: inout Arguments) throws(Failure) {
    switch arguments.command {
    case .set:
      let write = try arguments.readText(Write.init)
      let options = try Options(&arguments)
      self.init(.set(write, SetOptions(options)), options)
    case .setseq:
      let record = try arguments.readText(Record.init)
      let options = try Options(&arguments)
      self.init(
        .setSequential(
          record,
          SetSequentialOptions(
            isTransient: options.isTransient, returnsRecord: options.returnsRecord)), options)
    case .update:
      let write = try arguments.readText(Write.init)
      let options = try Options(&arguments)
      try options.checkAttributes(of: write)
      self.init(.update(write, UpdateOptions(options)), options)
    default:
      let queries = try arguments.readQueries()
      let options = try Options(&arguments)
      self.init(
        .delete(
          queries,
          DeleteOptions(deletesAll: options.deletesAll, ifRevision: options.ifRevision)), options)
    }
  }
}

extension Arguments {
  /// Reads queries, each perhaps with a body, up to the first option.
  fileprivate mutating func readQueries() throws(Failure) -> [Query] {
    var queries: [Query] = []
    repeat {
      queries.append(try readText(Query.init))
    } while peekedWord.map { option($0) == nil } ?? false
    return queries
  }

  fileprivate mutating func readWholeQueries() throws(Failure) -> [QuerySource] {
    var queries: [QuerySource] = []
    while !isAtEnd { queries.append(try readWholeQuery()) }
    return queries
  }
}

extension SetOptions {
  fileprivate init(_ options: Options) {
    self.init(
      only: options.presence, ifRevision: options.ifRevision, isTransient: options.isTransient,
      returnsRecord: options.returnsRecord)
  }
}

extension UpdateOptions {
  fileprivate init(_ options: Options) {
    self.init(
      ifRevision: options.ifRevision, removed: options.removed, added: options.added,
      returnsRecord: options.returnsRecord)
  }
}

extension Options {
  /// Throws SYNTAX if an attribute is assigned, removed or added to more than once in one update.
  fileprivate func checkAttributes(of write: Write) throws(Failure) {
    guard !removed.isEmpty || !added.isEmpty else { return }
    var touched: Set<[UInt8]> = []
    write.record.withContents { record in
      for index in 0..<record.count { touched.insert(Array(record.key(index))) }
    }
    for attribute in removed + added.map(\.attribute) {
      guard touched.insert(attribute).inserted else {
        let name = attribute.withUnsafeBufferPointer(quoted)
        throw .syntax("attribute \(name) is changed twice")
      }
    }
  }
}

extension OctopusEngine.Operation {
  fileprivate static func count(_ query: Query, _ page: Page) throws(Failure) -> Self {
    if page.hasCursor { return .countPage(query, after: page.after) }
    guard page.after == nil else { throw .syntax("AFTER without CURSOR") }
    return .count(query)
  }
}
