import Testing

@testable import SoakSupport

/// The journal of a worker process, which the driver of a soak round reads.
@Suite struct NotebookTests {
  @Test func waitForBytesEndsWhenEventsFollowTheLastRequest() {
    let notebook = Notebook()
    notebook.append(Array("*2\r\n$7\r\nWAITFOR\r\n$6\r\nfin".utf8))
    notebook.append(Array("ish\r\n".utf8))
    notebook.append(Array(">3\r\n$7\r\nmessage\r\n".utf8))
    notebook.wait(forBytes: 1_000_000)
  }
}
