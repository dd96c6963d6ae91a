// In place of the readers whose libraries were not there when this was built.
#include "sim/base/error.h"
#include "sim/graph/import.h"

namespace partita {

#ifndef PARTITA_ONNX
ImportedNetwork import_onnx(const std::filesystem::path& path, const ImportOptions&) {
  throw UnsupportedError(path.string() +
                         ": this build does not read ONNX: libonnx-dev and libprotobuf-dev were "
                         "not there when it was made");
}
std::vector<std::string> onnx_operators() {
  return {};
}
#endif

#ifndef PARTITA_TFLITE
ImportedNetwork import_tflite(const std::filesystem::path& path) {
  throw UnsupportedError(path.string() +
                         ": this build does not read TFLite: flatbuffers-compiler and "
                         "libflatbuffers-dev were not there when it was made");
}
std::vector<std::string> tflite_operators() {
  return {};
}
#endif

}  // namespace partita
