// Requests written as one line, and calls shown as one line, so that tests are tables.

import OctopusEngine
import OctopusProtocol
import OctopusRecords
import RESP

/// A request of the arguments between ` | `.
func request(_ line: String) -> Request {
  var arguments: [[UInt8]] = []
  var rest = Array(line.utf8)[...]
  let separator = Array(" | ".utf8)
  while let place = rest.indices.first(where: { rest[$0...].starts(with: separator) }) {
    arguments.append(Array(rest[..<place]))
    rest = rest[(place + separator.count)...]
  }
  arguments.append(Array(rest))
  return Request(arguments)
}

/// What a request asks for, or the error that it gets, in a line.
func outcome(_ request: Request) -> String {
  do throws(Failure) { return shown(try ParsedCommand(request)) } catch { return error.description }
}

func shown(_ call: ParsedCommand) -> String {
  switch call {
  case .engine(let command): shown(command)
  case .connection(let command): shown(command)
  }
}

func shown(_ command: Command) -> String {
  var parts = [shown(command.operation)]
  if let trigger = command.trigger {
    parts.append("trigger=\(trigger.kinds.rawValue)")
    if trigger.isPersistent { parts.append("persistent") }
    parts.append("when=\(trigger.when)")
  }
  if command.wantsRevision { parts.append("rev") }
  if let tag = command.deferTag { parts.append("defer=\(text(tag))") }
  return parts.joined(separator: " ")
}

private func shown(_ operation: Operation) -> String {
  switch operation {
  case .get(let query): return "get \(query)"
  case .names(let query, let page): return "names \(query)" + shown(page)
  case .find(let query, let page): return "find \(query)" + shown(page)
  case .exists(let queries): return "exists \(list(queries))"
  case .count(let query): return "count \(query)"
  case .countPage(let query, let after):
    return "count \(query)" + shown(Page(after: after, hasCursor: true))
  case .explain(let query): return "explain \(query)"
  case .size: return "size"
  case .set(let write, let options): return "set \(text(write.text))" + shown(options)
  case .setSequential(let record, let options):
    return "setseq \(record)" + flag(options.isTransient, "transient")
      + flag(options.returnsRecord, "return")
  case .update(let write, let options): return "update \(text(write.text))" + shown(options)
  case .delete(let queries, let options):
    return "delete \(list(queries))" + flag(options.deletesAll, "all")
      + optional("if", options.ifRevision)
  case .waitFor(let query, let condition, let timeout):
    return "wait \(query) \(condition)" + optional("timeout", timeout)
  case .sync(let timeout): return "sync" + optional("timeout", timeout)
  case .cancel(let tag): return "cancel \(text(tag))"
  case .lock(let request):
    return "lock \(text(request.name))" + flag(request.isShared, "shared") + holder(request.task)
      + optional("with", request.body) + optional("timeout", request.timeout)
  case .unlock(let name, let who): return "unlock \(text(name))" + holder(who)
  case .newSemaphore(let name, let permits): return "new \(text(name)) \(permits)"
  case .takePermits(let request): return "take " + shown(request)
  case .tryPermits(let request): return "try " + shown(request)
  case .postPermits(let request): return "post " + shown(request)
  case .enterBarrier(let request): return "enter " + shown(request)
  case .leaveBarrier(let request): return "leave " + shown(request)
  case .untrigger(let id): return "untrigger \(id)"
  case .observe(let query): return "observe \(query)"
  case .subscribe(let queries): return "subscribe " + sources(queries)
  case .unsubscribe(let sources): return "unsubscribe \(sources.map(text))"
  case .patternSubscribe(let queries): return "psubscribe " + sources(queries)
  case .patternUnsubscribe(let sources): return "punsubscribe \(sources.map(text))"
  case .publish(let record): return "publish \(record)"
  }
}

private func shown(_ request: PermitRequest) -> String {
  "\(text(request.name)) \(request.permits)" + holder(request.task)
    + flag(request.consumes, "consume") + optional("timeout", request.timeout)
}

private func shown(_ request: BarrierRequest) -> String {
  "\(text(request.name)) \(request.parties)" + holder(request.task)
    + optional("timeout", request.timeout)
}

private func holder(_ task: [UInt8]) -> String { task.isEmpty ? "" : " as=\(text(task))" }

private func shown(_ page: Page) -> String {
  optional("limit", page.limit) + optional("after", page.after.map(text))
    + flag(page.hasCursor, "cursor")
}

private func shown(_ options: SetOptions) -> String {
  optional("only", options.only) + optional("if", options.ifRevision)
    + flag(options.isTransient, "transient") + flag(options.returnsRecord, "return")
}

private func shown(_ options: UpdateOptions) -> String {
  optional("if", options.ifRevision) + options.removed.map { " -\(text($0))" }.joined()
    + options.added.map { " +\(text($0.attribute)):\($0.amount)" }.joined()
    + flag(options.returnsRecord, "return")
}

private func shown(_ command: ConnectionCommand) -> String {
  switch command {
  case .ping(let message): "ping" + optional("message", message.map(text))
  case .echo(let message): "echo \(text(message))"
  case .hello(let hello):
    "hello" + optional("version", hello.version) + optional("auth", hello.credentials.map(shown))
      + optional("name", hello.name.map(text))
  case .authenticate(let credentials): "auth \(shown(credentials))"
  case .bind(let client): "bind \(client)"
  case .client(let command): "client " + shown(command)
  case .info(let sections): "info \(sections)"
  case .configuration(let patterns): "config \(patterns)"
  case .help(let name): "help" + optional("for", name?.text)
  case .backup(let offset): "backup" + optional("offset", offset)
  case .slowLog(.get(let count)): "slowlog" + optional("count", count)
  case .commandTable(.info(let names)): "info \(names.map { $0?.text ?? "-" })"
  case .commandTable(.docs(let names)) where names.count < 10: "docs \(names.map(\.text))"
  case .commandTable(.docs(let names)): "docs of \(names.count > 30 ? "all" : "some")"
  default: "\(command)"
  }
}

private func shown(_ command: ClientCommand) -> String {
  switch command {
  case .id, .info, .name: "\(command)"
  case .setName(let name): "name=\(text(name))"
  case .setLibraryName(let name): "library=\(text(name))"
  case .setLibraryVersion(let version): "version=\(text(version))"
  case .list(let filter): "list" + shown(filter)
  case .unblock(let client): "unblock \(client)"
  case .kill(let filter, let isOldForm): "kill" + shown(filter) + flag(isOldForm, "old")
  }
}

private func shown(_ filter: ClientFilter) -> String {
  optional("ids", filter.ids) + optional("kind", filter.kind)
    + optional("address", filter.address.map(text))
    + optional("local", filter.localAddress.map(text)) + optional("user", filter.user.map(text))
    + flag(filter.skipsSelf, "others")
}

private func shown(_ credentials: Credentials) -> String {
  (credentials.user.map { text($0) + ":" } ?? "") + text(credentials.password)
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
private func flag(_ isSet: Bool, _ name: String) -> String { isSet ? " \(name)" : "" }
private func list(_ queries: [Query]) -> String {
  queries.map(\.description).joined(separator: " + ")
}
private func sources(_ queries: [(source: [UInt8], query: Query)]) -> String {
  queries.map { "\(text($0.source)) => \($0.query)" }.joined(separator: " + ")
}
private func optional<Value>(_ name: String, _ value: Value?) -> String {
  value.map { " \(name)=\($0)" } ?? ""
}
