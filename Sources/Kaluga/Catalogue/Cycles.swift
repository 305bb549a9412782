// Drivers that can never start, since each waits for another of them.
import OctopusRecords

/// Who waits in a circle.
///
/// A driver waits for another if a query of its `after` asks for that one's instance record. Several may
/// answer to one query, and any of them is enough: so first all are found that can start, and a
/// circle is looked for only among the others.
struct Cycles {
  /// The circle that each one in a circle is in, from itself to itself.
  private(set) var members: [String: [String]] = [:]

  init(_ drivers: [Driver]) {
    let waiting = drivers.filter { !$0.after.isEmpty }
    guard !waiting.isEmpty else { return }
    let samples = drivers.map { driver in
      (name: driver.name, record: InstanceRecord.sample(of: driver.name))
    }
    // For each one that waits and each of its conditions: who could meet it.
    var needs: [String: [[String]]] = [:]
    for driver in waiting {
      needs[driver.name] = driver.after.map { query in
        samples.filter { query.matches($0.record) }.map(\.name)
      }
    }
    var stuck = Set(waiting.map(\.name))
    func canStart(_ name: String) -> Bool {
      // What no driver answers to comes from elsewhere.
      needs[name]!.allSatisfy { $0.isEmpty || $0.contains { !stuck.contains($0) } }
    }
    while true {
      let free = stuck.filter(canStart)
      if free.isEmpty { break }
      stuck.subtract(free)
    }
    let edges = needs.filter { stuck.contains($0.key) }.mapValues { alternatives in
      Set(alternatives.filter { $0.allSatisfy(stuck.contains) }.joined()).sorted()
    }
    for name in stuck.sorted() {
      if let path = Self.way(from: name, along: edges) { members[name] = path }
    }
  }

  /// The shortest way from one to itself.
  private static func way(from start: String, along edges: [String: [String]]) -> [String]? {
    var paths = [[start]]
    var seen: Set<String> = []
    var index = 0
    while index < paths.count {
      let path = paths[index]
      index += 1
      for next in edges[path.last!] ?? [] {
        if next == start { return path + [start] }
        if seen.insert(next).inserted { paths.append(path + [next]) }
      }
    }
    return nil
  }
}
