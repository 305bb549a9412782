import OctopusRecords

@testable import OctopusEngine

// How the reference model commits a step: queues, grants, waits and events.
extension NaiveCoordination {
  // MARK: Committing

  mutating func commit() -> [Effect] {
    while noted < changes.count {
      var groups: [String] = []
      var index = noted
      while index < changes.count {
        let change = changes[index]
        let names = note(change)
        for name in names where groups.last != name { groups.append(name) }
        index += 1
        // What a semaphore takes along is seen with the rest.
      }
      noted = index
      for group in groups { grant(group) }
    }
    defer { (changes, noted, answers, newcomer, leaving, void) = ([], 0, [], nil, nil, []) }
    seen += changed.filter { $0.before != nil || $0.after != nil }.map {
      Change(revision: $0.revision, before: $0.before, after: $0.after)
    }
    return answers.compactMap { id, reply in
      guard let place = waits.firstIndex(where: { $0.id == id }) else { return nil }
      let wait = waits.remove(at: place)
      return wait.handle.effect(wait.session, reply, revision)
    }
  }

  /// What a change is to the members; answers whose turn must be looked at.
  mutating func note(_ change: Change) -> [String] {
    let record = (change.after ?? change.before)!.record  // A change has one of them.
    let name = record.name
    if let newcomer, newcomer.name == name, change.before == nil {
      members.append(newcomer)
      self.newcomer = nil
    }
    let kinds: [(QueueKey.Kind, String)] = [
      (.barrier, "barrier"), (.lock, "lock"), (.semaphore, "semaphore"),
    ]
    guard
      let (kind, group) = kinds.lazy.compactMap({ kind, key in
        record[key].flatMap { value in value.text.map { (kind, $0) } }
      }).first
    else { return [] }
    if change.after == nil { gone(name, kind, group) }
    return ["\(kind) \(group)"]
  }

  mutating func gone(_ name: String, _ kind: QueueKey.Kind, _ group: String) {
    if kind == .semaphore, name == group {
      let all = members.filter { $0.kind == .semaphore && $0.group == group }
      members.removeAll { $0.kind == .semaphore && $0.group == group }
      returned[group] = nil
      for member in all {
        if let wait = member.wait { answers.append((wait, .error(Failure(.gone, "")))) }
        if isMember(member.name) { erase(member.name) }
      }
      return
    }
    guard let place = members.firstIndex(where: { $0.name == name }) else { return }
    let member = members[place]
    if kind == .barrier, member.holds {
      members[place].hasLeft = true
      // A party that leaves and waits for the others has its wait already.
      if leaving != name {
        members[place].wait = nil
        broken.insert(member.roundName)
      }
      return
    }
    members.remove(at: place)
    if let wait = member.wait, !member.holds {
      answers.append((wait, .error(Failure(.gone, ""))))
    }
    if kind == .semaphore, member.holds { returned[group, default: 0] += member.permits }
  }

  mutating func grant(_ group: String) {
    let words = group.split(separator: " ")
    let name = String(words[1])
    switch words[0] {
    case "lock": grantLock(name)
    case "semaphore": grantPermits(name)
    default: grantEntry(name)
    }
  }

  mutating func grantLock(_ name: String) {
    let queue = members.filter { $0.kind == .lock && $0.group == name }
    for place in members.indices where members[place].kind == .lock && members[place].group == name
    {
      guard !members[place].holds, mayHold(members[place], in: queue) else { continue }
      members[place].holds = true
      let stored = records[members[place].name]!  // A member has its record.
      guard let wait = members[place].wait else { continue }
      answers.append((wait, .grant(token: stored.created, stored.record)))
    }
  }

  mutating func grantPermits(_ name: String) {
    guard let before = free(name) else { return }
    var free = before + (returned.removeValue(forKey: name) ?? 0)
    let first = members.first { $0.kind == .semaphore && $0.group == name && !$0.holds }
    let next = first.flatMap { $0.permits <= free ? $0 : nil }
    free -= next?.permits ?? 0
    let more = next.map { $0.consumes ? -$0.permits : 0 } ?? 0
    if free != before || more != 0 { count(free, more: more, name) }
    guard let next, let holder = next.holder else {
      guard let first, isImpossible(first.permits, first.consumes, name) else { return }
      if let wait = first.wait { answers.append((wait, .error(Failure(.limit, "")))) }
      members.removeAll { $0.name == first.name }
      erase(first.name)
      return
    }
    if let wait = next.wait { answers.append((wait, .integer(1))) }
    let own = holding(holder, name)
    if next.consumes || own != nil {
      members.removeAll { $0.name == next.name }
      erase(next.name)
      if !next.consumes, let own { write(own, permits: own.permits + next.permits) }
    } else {
      write(next, permits: next.permits)
    }
  }

  mutating func grantEntry(_ name: String) {
    let entering = members.filter { $0.kind == .barrier && $0.group == name && !$0.holds }
    if let first = entering.first, entering.count == first.size {
      rounds[name, default: 0] += 1
      for place in members.indices
      where entering.contains(where: { $0.name == members[place].name }) {
        members[place].holds = true
        guard let wait = members[place].wait else { continue }
        answers.append((wait, .name(records[members[place].name]!.record)))
      }
    }
    let parties = members.filter { $0.kind == .barrier && $0.group == name && $0.holds }
    for round in Set(parties.map(\.round)).sorted() {
      let all = parties.filter { $0.round == round }
      guard all.allSatisfy(\.hasLeft) else { continue }
      let isBroken = broken.contains(all[0].roundName)
      members.removeAll { $0.kind == .barrier && $0.group == name && $0.round == round }
      for wait in all.compactMap(\.wait).sorted() {
        answers.append((wait, isBroken ? .error(Failure(.broken, "")) : .ok))
      }
    }
  }

  func text(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }

  func precedes(_ a: String, _ b: String) -> Bool {
    Array(a.utf8).withUnsafeBufferPointer { a in
      Array(b.utf8).withUnsafeBufferPointer { b in compareNaturally(a, b) < 0 }
    }
  }
}
