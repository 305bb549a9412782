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
    let names = entries.values.flatMap { $0.record.attributes.map(\.name) }
    return names.count * Footprint.entry + Set(names).count * Footprint.attribute
  }
}

extension NaiveEngine.Watcher {
  fileprivate var source: [UInt8] {
    switch role {
    case .pattern(let source), .wait(.tag(let source), _, _): source
    default: []
    }
  }
}
