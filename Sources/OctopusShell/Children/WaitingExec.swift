import Glibc
import Octopus

/// What an `octopus exec` waits for and what it would provide, as a record that everybody sees:
/// `exec_3 { after_1: 'service.db {}', pid: 12, provides: 'service.web { port: 80 }' }`.
///
/// Setting that record and reading all others is one step, so of the execs that wait for each other
/// in a cycle exactly one, the last, sees the whole cycle.
struct WaitingExec: Sendable {
  private let plan: Exec.Plan
  private let name: String

  /// - Parameter isReady: it need not wait.
  /// - Throws: a failure that names the members of a cycle if this one closes it.
  init(_ plan: Exec.Plan, isReady: Bool, in octopus: OctopusClient) async throws {
    self.plan = plan
    guard !isReady else {
      name = try await octopus.setSequential(
        Record(name: "exec_", pairs: Self.rest(plan)), transient: true)
      return
    }
    let record = try Record(name: "exec_", pairs: Self.needs(plan) + Self.rest(plan))
    let (name, all) = try await octopus.transaction(
      .setSequential(record, transient: true), .find("r'^exec_[0-9]+$' { pid: _ }"))
    self.name = name
    var cycle = WaitingCycle(all)
    guard cycle.members(from: name) != nil else { return }
    // A record that is there already makes no exec wait.
    let queries = cycle.queries
    let isThere = try await octopus.transaction(queries.map { .exists($0) })
    cycle.remove(Swift.Set(zip(queries, isThere).filter(\.1).map(\.0)))
    if let members = cycle.members(from: name) {
      throw CommandError(
        "a cycle, in which none can start: " + members.joined(separator: ", "), .cycle)
    }
  }

  /// It waits no longer, but may still come to provide something.
  func start(in octopus: OctopusClient) async throws {
    guard plan.service != nil else { return try await withdraw(in: octopus) }
    let record = try Record(name: name, pairs: Self.rest(plan))
    try await octopus.set(Write(record), transient: true)
  }

  func withdraw(in octopus: OctopusClient) async throws { try await octopus.delete("\(name)") }

  private static func needs(_ plan: Exec.Plan) -> [(String, Octopus.Value)] {
    plan.needs.enumerated().map { ("after_\($0 + 1)", .string("\($1)")) }
  }

  private static func rest(_ plan: Exec.Plan) -> [(String, Octopus.Value)] {
    [("pid", .integer(Int64(getpid())))]
      + (plan.service.map { [("provides", .string("\($0.record)"))] } ?? [])
  }
}

/// The waiting execs of one snapshot, and which waits for which.
struct WaitingCycle {
  private struct Member {
    var needs: [Query] = []
    var provides: Record?
    var title: String
  }

  private var members: [String: Member] = [:]

  init(_ records: [Record]) {
    for record in records {
      var member = Member(title: record.name)
      var number = 1
      // What others have written there need not be what this program writes.
      while let text = record["after_\(number)"]?.text {
        if let query = try? Query(parsing: text) { member.needs.append(query) }
        number += 1
      }
      let provides = record["provides"]?.text.flatMap { try? Record(parsing: $0) }
      let process = pid_t(clamping: record["pid"]?.integer ?? 0)
      member.provides = try? provides.map { try ServiceRecord(record: $0).published(for: process) }
      member.title = "\(provides.map { nameText($0.name) } ?? record.name) (process \(process))"
      members[record.name] = member
    }
  }

  var queries: [Query] { Array(Swift.Set(members.values.flatMap(\.needs))) }

  mutating func remove(_ needs: Swift.Set<Query>) {
    for name in members.keys { members[name]!.needs.removeAll(where: needs.contains) }
  }

  private func providers(of need: Query) -> [String] {
    members.keys.filter { members[$0]!.provides.map(need.matches) ?? false }.sorted()
  }

  /// Those that can never start: each needs something that only such as cannot start would provide.
  private func stuck() -> [String: (need: Query, provider: String)] {
    var stuck: [String: (need: Query, provider: String)] = [:]
    var providers: [Query: [String]] = [:]
    for need in queries { providers[need] = self.providers(of: need) }
    var candidates = Swift.Set(members.keys)
    while true {
      stuck = [:]
      for name in candidates {
        for need in members[name]!.needs {
          guard let able = providers[need], let first = able.first,
            able.allSatisfy(candidates.contains)
          else { continue }
          stuck[name] = (need, first)
          break
        }
      }
      guard stuck.count < candidates.count else { return stuck }
      candidates = Swift.Set(stuck.keys)
    }
  }

  /// The members of a cycle to which this one leads, each with what it waits for; nil if it may
  /// start some day.
  func members(from name: String) -> [String]? {
    let stuck = stuck()
    var path: [String] = []
    var next = name
    while let step = stuck[next], !path.contains(next) {
      path.append(next)
      next = step.provider
    }
    guard !path.isEmpty else { return nil }
    return path.map { "\(members[$0]!.title) waits for \(stuck[$0]!.need)" }
  }
}
