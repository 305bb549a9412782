import OctopusRecords

@testable import OctopusEngine

/// Keeps what an engine reports to its journal.
final class ChangeRecorder: ChangeLog {
  enum Item {
    case change(Change)
    case counter(name: [UInt8], next: Int64)

    var line: String {
      switch self {
      case .counter(let name, let next): "counter \(quoted(name)) \(next)"
      case .change(let change):
        "change @\(change.revision): \(change.before.line) -> \(change.after.line)"
      }
    }
  }

  private(set) var items: [Item] = []

  func append(_ change: borrowing Change) { items.append(.change(copy change)) }

  func append(counter name: [UInt8], next: Int64) {
    items.append(.counter(name: name, next: next))
  }

  /// The changes since the last call.
  func takeChanges() -> [Change] {
    defer { items = [] }
    return items.compactMap { if case .change(let change) = $0 { change } else { nil } }
  }
}

extension Change {
  var line: String { ChangeRecorder.Item.change(self).line }
}

extension Change.Stored? {
  fileprivate var line: String {
    guard let self else { return "-" }
    let owner = self.owner.map { " of \($0)" } ?? ""
    return "\(self.record) @\(self.revision) since @\(self.created)\(owner)"
  }
}
