#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

// libsystemc asks every executable that links it for one; none of the tests calls it.
extern "C" int sc_main(int, char**) {
  return 0;
}
