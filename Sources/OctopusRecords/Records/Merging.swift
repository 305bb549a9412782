// New records from others: renamed, or merged as UPDATE does.

extension Record {
  /// This record under another name.
  package func renamed(_ name: Bytes) throws(SyntaxError) -> Record {
    guard name.count <= Limits.nameBytes else { throw .nameTooLong(at: 0) }
    return try withContents { (contents) throws(SyntaxError) in
      if contents.hasNoTail, isIdentifier(name),
        contents.text.count - contents.name.count + name.count <= Limits.recordBytes
      {
        return Record(storage: .make(bareName: name, attributesOf: contents))
      }
      var builder = RecordBuilder(name: name)
      for index in 0..<contents.count { builder.append(contents, index) }
      return try builder.finish()
    }
  }

  package enum MergeError: Error {
    /// The result is longer than a record may be.
    case syntax(SyntaxError)
    /// One attribute is named twice.
    case conflict(String)
    /// A number cannot be added to the value.
    case mismatch(String)
  }

  /// This record with attributes set, removed, or added to. An absent attribute counts as 0.
  ///
  /// - Complexity: O(n + m log n) in n attributes, m of which are removed or added to.
  package func merging(
    _ changes: Record, removing removed: [[UInt8]], adding added: [([UInt8], Value)]
  ) throws(MergeError) -> Record {
    try changes.checkNamesNone(of: removed + added.map(\.0))
    var sums: [(String, Value)] = []
    for (key, amount) in added {
      let sum = try Record.sum(value(of: key) ?? .integer(0), amount, key)
      sums.append((String(decoding: key, as: UTF8.self), sum))
    }
    do throws(SyntaxError) {
      let result = try overlaid(by: changes, without: Set(removed))
      return sums.isEmpty
        ? result : try result.overlaid(by: Record(name: "sums", pairs: sums), without: [])
    } catch { throw .syntax(error) }
  }

  /// This record's attributes and another's, which win. Both are sorted.
  private func overlaid(by other: Record, without removed: Set<[UInt8]>) throws(SyntaxError)
    -> Record
  {
    try withContents { (base) throws(SyntaxError) in
      try other.withContents { (other) throws(SyntaxError) in
        var builder = RecordBuilder(name: base.name)
        var (i, j) = (0, 0)
        while i < base.count || j < other.count {
          let order =
            i == base.count ? 1 : j == other.count ? -1 : compareBytes(base.key(i), other.key(j))
          if order >= 0 {
            builder.append(other, j)
          } else if removed.isEmpty || !removed.contains(Array(base.key(i))) {
            builder.append(base, i)
          }
          if order <= 0 { i += 1 }
          if order >= 0 { j += 1 }
        }
        return try builder.finish()
      }
    }
  }

  private func value(of key: [UInt8]) -> Value? {
    key.withUnsafeBufferPointer { key in
      withContents { contents in
        contents.index(of: key).map { contents.withValue($0) { $0.value } }
      }
    }
  }

  /// Checks that each name is there once, and that none is the name of an attribute of this record.
  private func checkNamesNone(of keys: [[UInt8]]) throws(MergeError) {
    var seen: Set<[UInt8]> = []
    for key in keys where !seen.insert(key).inserted || value(of: key) != nil {
      throw .conflict("\(key.withUnsafeBufferPointer(quoted)) is named twice")
    }
  }

  private static func sum(
    _ value: Value, _ amount: Value, _ key: [UInt8]
  ) throws(MergeError) -> Value {
    var name: String { key.withUnsafeBufferPointer(quoted) }
    if let value = value.integer, let amount = amount.integer {
      let (sum, overflow) = value.addingReportingOverflow(amount)
      guard !overflow else {
        throw .mismatch("\(name) would not fit into 64 bits")
      }
      return .integer(sum)
    }
    // A float with an integer is a float: the integer must not change by becoming one.
    for integer in [value.integer, amount.integer] {
      guard integer.map({ Double(exactly: $0) != nil }) ?? true else {
        throw .mismatch("\(name) has more digits than a float keeps")
      }
    }
    guard let value = value.number, let amount = amount.number else {
      throw .mismatch("\(name) is not a number")
    }
    guard (value + amount).isFinite else {
      throw .mismatch("\(name) would not fit into 64 bits")
    }
    return .float(value + amount)
  }
}
