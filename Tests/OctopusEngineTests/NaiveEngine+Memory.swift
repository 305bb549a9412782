import OctopusRecords
import OctopusStore

@testable import OctopusEngine

// What all that is held occupies, counted anew each time.
extension NaiveEngine {
  func footprint(after work: Work) -> Int {
    let removed = Set(work.removed)
    let watching = (watchers + work.installed).filter { !removed.contains($0.id) }
    return entries.values.reduce(0) { $0 + Footprint.record + $1.record.text.count }
      + attributeFootprint
      + counters.keys.reduce(0) { $0 + Footprint.counter + $1.utf8.count }
      + watching.reduce(0) { $0 + footprint($1.query, $1.source) }
      + subscriptions.reduce(0) { $0 + footprint($1.query, $1.source) }
  }

  private func footprint(_ query: Query, _ source: [UInt8]) -> Int {
    Footprint.watch + query.footprint + source.count
  }

  private var attributeFootprint: Int {
    let attributes = entries.values.flatMap(\.record.attributes)
    return Dictionary(grouping: attributes, by: \.name).values.reduce(0) { sum, attributes in
      // Values that compare as equal are one.
      let groups = Dictionary(grouping: attributes) { Compared(value: $0.value) }.values
      return sum + Footprint.attribute + attributes.count * Footprint.entry
        + groups.count * Footprint.value
        + groups.count { $0.count > 1 } * Footprint.sharedValue
    }
  }

  private struct Compared: Hashable {
    var value: Value

    static func == (a: Self, b: Self) -> Bool {
      a.value.withView { a in b.value.withView { ValueView.compare(a, $0) == 0 } }
    }

    func hash(into hasher: inout Hasher) {
      value.withView { $0.hash(into: &hasher) }
    }
  }
}

extension NaiveEngine.Watcher {
  fileprivate var source: [UInt8] { if case .pattern(let source) = role { source } else { [] } }
}
