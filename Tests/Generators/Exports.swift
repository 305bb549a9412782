// Everything here is drawn from a `Random`.
@_exported import struct TestSupport.Random
