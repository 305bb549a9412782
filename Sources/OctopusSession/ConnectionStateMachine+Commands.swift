import OctopusEngine
import OctopusProtocol
import RESP

// The commands about the connection itself.
extension ConnectionStateMachine {
  mutating func carryOut(_ command: ConnectionCommand) -> Action {
    switch command {
    case .exec:
      return execute()
    case .reset:
      reset()
      outbox.append { $0.simple("RESET") }
      return .beginSession
    case .quit:
      outbox.append { $0.simple("OK") }
      return .close
    case .info, .time, .monitor, .slowLog, .backup, .bind, .client(.list), .client(.info),
      .client(.kill), .client(.unblock):
      return .host(command)
    case .authenticate where settings.authenticator.hasPassword: return .authenticate(command)
    case .hello(let hello) where hello.credentials != nil && settings.authenticator.hasPassword:
      return .authenticate(command)
    default: return answerOrFail(command)
    }
  }

  /// Carries out an AUTH, or a HELLO with a password.
  package mutating func authenticate(_ command: ConnectionCommand) -> Action {
    endWaitForHost()
    let before = wrongPasswords
    let action = answerOrFail(command)
    return wrongPasswords > before && wrongPasswords >= Authenticator.maximumFailures
      ? .close : action
  }

  private mutating func answerOrFail(_ command: ConnectionCommand) -> Action {
    do throws(Failure) {
      return try answer(command)
    } catch {
      refuse(error)
      return .none
    }
  }

  private mutating func answer(_ command: ConnectionCommand) throws(Failure) -> Action {
    switch command {
    case .ping(let message): answerPing(message)
    case .echo(let message): outbox.append { $0.bulk(message) }
    case .hello(let hello): return try greet(hello)
    case .authenticate(let credentials): return try answer(credentials)
    case .multi:
      try beginTransaction()
      answerOK()
    case .discard:
      try discardTransaction()
      answerOK()
    case .select: answerOK()
    case .client(let command): answer(command)
    case .commandTable(let question): outbox.append { $0.append(question) }
    case .configuration(let patterns):
      outbox.append { [settings] in
        $0.append(configuration: settings.configuration, patterns: patterns)
      }
    case .help(let name): outbox.append { $0.append(helpFor: name) }
    case .exec, .reset, .quit, .info, .time, .monitor, .slowLog, .backup, .bind:
      preconditionFailure("carried out by `carryOut`")
    }
    return .none
  }

  mutating func answerOK() { outbox.append { $0.simple("OK") } }

  private mutating func answerPing(_ message: [UInt8]?) {
    let isSubscriber = isRESP2Subscriber
    outbox.append { $0.append(pong: message, isRESP2Subscriber: isSubscriber) }
  }

  private mutating func greet(_ hello: Hello) throws(Failure) -> Action {
    var isNew = false
    if let credentials = hello.credentials { isNew = try checkPassword(credentials) }
    guard isAuthenticated else {
      throw Failure(
        .noAuthentication,
        "HELLO must be called with the client already authenticated, otherwise "
          + "the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client")
    }
    if let version = hello.version { try setVersion(version) }
    if let name = hello.name { setName(name) }
    outbox.append { [id, settings] in
      $0.append(
        helloFrom: id, serverVersion: settings.serverVersion, journal: settings.journal?())
    }
    return isNew ? .beginSession : .none
  }

  private mutating func answer(_ credentials: Credentials) throws(Failure) -> Action {
    guard settings.authenticator.hasPassword else {
      throw .noPasswordConfigured
    }
    let isNew = try checkPassword(credentials)
    answerOK()
    return isNew ? .beginSession : .none
  }

  private mutating func answer(_ command: ClientCommand) {
    switch command {
    case .id: outbox.append { [id] in $0.integer(id) }
    case .name: outbox.append { [name] in name.isEmpty ? $0.null() : $0.bulk(name) }
    case .setName(let name):
      setName(name)
      answerOK()
    case .setLibraryName(let name):
      setLibraryName(name)
      answerOK()
    case .setLibraryVersion(let version):
      setLibraryVersion(version)
      answerOK()
    case .info, .list, .kill, .unblock: preconditionFailure("carried out by the host")
    }
  }
}
