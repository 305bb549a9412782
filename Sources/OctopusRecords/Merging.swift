// Records made from records: renamed, and merged as UPDATE does.

extension Record {
  /// This record under another name.
  package func renamed(_ name: Bytes) throws(SyntaxError) -> Record {
    guard name.count <= Limits.nameBytes else { throw .nameTooLong(at: 0) }
    return try withContents { (contents) throws(SyntaxError) in
      var builder = RecordBuilder(name: name)
      for index in 0..<contents.count { builder.append(contents, index) }
      return try builder.finish()
    }
  }

  package enum MergeError: Error {
    /// The result is longer than a record may be.
    case syntax(SyntaxError)
    /// One attribute is asked to be two things.
    case conflict(String)
    /// A number cannot be added to what is there.
    case mismatch(String)
  }

  /// This record with attributes set, removed, or added to. What is absent counts as 0.
  ///
  /// - Complexity: O(n log n) in all attributes.
  package func merging(
    _ changes: Record, removing removed: [[UInt8]], adding added: [([UInt8], Value)]
  ) throws(MergeError) -> Record {
    var attributes: [[UInt8]: Value] = [:]
    withContents { contents in
      for index in 0..<contents.count {
        attributes[Array(contents.key(index))] = contents.withValue(index) { $0.value }
      }
    }
    var named: Set<[UInt8]> = []
    changes.withContents { changes in
      for index in 0..<changes.count {
        let key = Array(changes.key(index))
        named.insert(key)
        attributes[key] = changes.withValue(index) { $0.value }
      }
    }
    for key in removed {
      try Record.name(key, in: &named)
      attributes[key] = nil
    }
    for (key, amount) in added {
      try Record.name(key, in: &named)
      attributes[key] = try Record.sum(attributes[key] ?? .integer(0), amount, key)
    }
    do throws(SyntaxError) {
      return try Record(
        name: name, pairs: attributes.map { (String(decoding: $0.key, as: UTF8.self), $0.value) })
    } catch { throw .syntax(error) }
  }

  private static func name(
    _ key: [UInt8], in named: inout Set<[UInt8]>
  ) throws(MergeError) {
    guard named.insert(key).inserted else {
      throw .conflict("'\(String(decoding: key, as: UTF8.self))' is named twice")
    }
  }

  private static func sum(
    _ value: Value, _ amount: Value, _ key: [UInt8]
  ) throws(MergeError) -> Value {
    if let value = value.integer, let amount = amount.integer {
      let (sum, overflow) = value.addingReportingOverflow(amount)
      guard !overflow else {
        throw .mismatch("'\(String(decoding: key, as: UTF8.self))' would not fit into 64 bits")
      }
      return .integer(sum)
    }
    guard let value = value.number, let amount = amount.number else {
      throw .mismatch("'\(String(decoding: key, as: UTF8.self))' is not a number")
    }
    guard (value + amount).isFinite else {
      throw .mismatch("'\(String(decoding: key, as: UTF8.self))' would not fit into 64 bits")
    }
    return .float(value + amount)
  }
}
