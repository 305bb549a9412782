import OctopusEngine
import OctopusRecords
import RESP

/// The reference of all limits, in Markdown: docs/limits.md, up to the stalls that are measured.
package enum LimitReference {
  package static var text: String {
    var text = """
      # Limits

      A request past a limit is refused with `TOOBIG` or `LIMIT`, and changes nothing. The tables of
      limits are printed from the code (`LimitReference.text`), and those of [stalls](#stalls) from
      measurements; tests compare them.

      """
    let sections: [(String, [Limit])] = [
      ("Records and queries", Limits.table),
      ("Requests", RequestLimits.standard.table),
      ("Requests before authentication", RequestLimits.beforeAuthentication.table),
      ("Sessions", SessionLimits.table),
      ("The engine", EngineLimits.table),
    ]
    for (title, limits) in sections {
      text += "\n## \(title)\n\n| Limit | At most | Reason |\n| --- | --- | --- |\n"
      for limit in limits {
        text += "| \(limit.subject) | \(limit.shownValue) | \(limit.reason) |\n"
      }
    }
    return text
  }
}

extension Limit {
  fileprivate var shownValue: String {
    switch unit {
    case .count: value == 1 << 53 ? "2^53" : Self.grouped(value)
    case .milliseconds: Self.grouped(value) + " ms"
    case .bytes:
      if value % (1 << 20) == 0 {
        "\(value >> 20) MiB"
      } else if value % (1 << 10) == 0 {
        "\(value >> 10) KiB"
      } else {
        Self.grouped(value) + " bytes"
      }
    }
  }

  /// `1,024`.
  private static func grouped(_ value: Int) -> String {
    var text = String(value)
    var end = text.count - 3
    while end > 0 {
      text.insert(",", at: text.index(text.startIndex, offsetBy: end))
      end -= 3
    }
    return text
  }
}
