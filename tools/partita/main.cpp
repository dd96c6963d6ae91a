#include <malloc.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "sim/base/error.h"
#include "tools/partita/arguments.h"
#include "tools/partita/console.h"

namespace {
constexpr int kDone = 0, kFailed = 1, kWrongInput = 2;
}

int main(int argc, char** argv) {
  using namespace partita;
  std::signal(SIGPIPE, SIG_IGN);  // A reader that leaves is seen where we write, and is no failure.
  std::signal(SIGXFSZ, SIG_IGN);  // A full disk is an error of the write, too.
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  // Searches lower plans again and again: their memory stays ours between two.
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
  mallopt(M_TOP_PAD, 4 << 20);
  const Console console;
  try {
    parse_arguments(std::vector<std::string>(argv + 1, argv + argc))(console);
    return kDone;
  } catch (const ClosedPipe&) {
    return kDone;
  } catch (const InputError& error) {
    console.complain(error.what());
    return kWrongInput;
  } catch (const UnsupportedError& error) {
    console.complain(error.what());
    return kWrongInput;
  } catch (const std::bad_alloc&) {
    console.complain("out of memory");
    return kFailed;
  } catch (const std::exception& error) {
    console.complain(std::string("internal error: ") + error.what());
    return kFailed;
  }
}
