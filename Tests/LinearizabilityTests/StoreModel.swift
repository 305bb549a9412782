/// The store as one client at a time would see it: records of integer values, counters, revisions,
/// and triggers that fire once.
struct StoreModel: SequentialModel {
  struct Stored: Hashable {
    var value: Int
    var revision: Int64
  }

  /// What a trigger reported.
  struct Report: Hashable {
    var isDeletion: Bool
    var revision: Int64
    /// 0: the record was new.
    var previous: Int64
  }

  enum Action: Hashable {
    case get(String)
    /// A get with a one-time trigger for everything.
    case watch(String)
    case set(String, Int)
    case compareAndSet(String, from: Int, to: Int)
    case ifRevision(String, Int64, Int)
    case sequential(String)
    case add(String, Int)
    case delete(String)
  }

  enum Answer: Hashable {
    case nothing
    case record(Stored)
    case watched(Stored?, Report?)
    case written(Int64)
    case numbered(String, Int64)
    case refused
  }

  var records: [String: Stored] = [:]
  var counters: [String: Int] = [:]
  /// Of the last change.
  var revision: Int64 = 0
  /// What the installed triggers must report of the next change to a name.
  private var armed: [String: Report] = [:]

  func after(_ action: Action, _ answer: Answer?) -> StoreModel? {
    switch action {
    case .get(let name): return read(name, answer)
    case .watch(let name): return watch(name, answer)
    case .set(let name, let value): return write(name, value, answer)
    case .compareAndSet(let name, let from, let to):
      return records[name]?.value == from ? write(name, to, answer) : refuse(answer)
    case .ifRevision(let name, let revision, let value):
      let isCurrent = (records[name]?.revision ?? 0) == revision
      return isCurrent ? write(name, value, answer) : refuse(answer)
    case .add(let name, let amount):
      guard let record = records[name] else { return refuse(answer) }
      return write(name, record.value + amount, answer)
    case .sequential(let stem): return number(stem, answer)
    case .delete(let name): return delete(name, answer)
    }
  }

  private func read(_ name: String, _ answer: Answer?) -> StoreModel? {
    guard let answer else { return self }
    let expected = records[name].map(Answer.record) ?? .nothing
    return answer == expected ? self : nil
  }

  private func watch(_ name: String, _ answer: Answer?) -> StoreModel? {
    guard let answer else { return self }
    guard case .watched(let record, let report) = answer, record == records[name] else {
      return nil
    }
    guard let report else { return self }
    // All triggers on one name report the same change, the next.
    if let other = armed[name], other != report { return nil }
    var after = self
    after.armed[name] = report
    return after
  }

  private func refuse(_ answer: Answer?) -> StoreModel? {
    answer == nil || answer == .refused ? self : nil
  }

  private func write(_ name: String, _ value: Int, _ answer: Answer?) -> StoreModel? {
    let next = revision + 1
    guard answer == nil || answer == .written(next) else { return nil }
    return changed(name, Stored(value: value, revision: next))
  }

  private func number(_ stem: String, _ answer: Answer?) -> StoreModel? {
    var next = counters[stem, default: 0]
    while records["\(stem)\(next)"] != nil { next += 1 }
    let name = "\(stem)\(next)"
    guard answer == nil || answer == .numbered(name, revision + 1) else { return nil }
    var after = changed(name, Stored(value: 0, revision: revision + 1))
    after?.counters[stem] = next + 1
    return after
  }

  private func delete(_ name: String, _ answer: Answer?) -> StoreModel? {
    guard records[name] != nil else { return answer == nil || answer == .nothing ? self : nil }
    guard answer == nil || answer == .written(revision + 1) else { return nil }
    return changed(name, nil)
  }

  /// A change, which must be what the triggers on this name reported.
  private func changed(_ name: String, _ record: Stored?) -> StoreModel? {
    var after = self
    after.revision += 1
    after.records[name] = record
    if let report = after.armed.removeValue(forKey: name) {
      let happened = Report(
        isDeletion: record == nil, revision: after.revision,
        previous: records[name]?.revision ?? 0)
      guard report == happened else { return nil }
    }
    return after
  }
}
