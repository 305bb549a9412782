import BenchmarkResults
import OctopusRecords

// Text to a record or a query; a record to text.

extension Workload {
  static let language = [
    Workload("language") { setting in
      let device = Texts([
        """
        hw.pci.device.1 { bus: 0, class: 'C', device: 1, device_id: 0x107d, function: 0, vendor: 0x8086 }
        """
      ])
      let object = Texts(["object1"])
      let query = Texts([FiveAttributes.text("_", FiveAttributes.rare)])
      let record: Record = device.withText(0) { read($0) }
      var output: [UInt8] = []
      output.reserveCapacity(256)

      let yardstick = Yardstick()
      func row(_ workload: String, _ body: (Int) -> Void) -> Row {
        setting.row(workload, [:], yardstick.time(setting.effort, body))
      }
      return [
        row("language.record") { _ in device.withText(0) { keep(read($0) as Record) } },
        row("language.name") { _ in object.withText(0) { keep(read($0) as Query) } },
        row("language.query") { _ in query.withText(0) { keep(read($0) as Query) } },
        row("language.print") { _ in
          output.removeAll(keepingCapacity: true)
          record.withContents { output.append(contentsOf: $0.text) }
        },
      ]
    }
  ]
}

/// Keeps the optimizer from leaving out what makes a value that nobody looks at.
@inline(never) @_optimize(none) private func keep<Value>(_ value: consuming Value) {}
