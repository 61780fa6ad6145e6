// Prints what it was started with, in place of a program under test.
#include <cstdio>
#include <cstring>

#include <unistd.h>

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) std::printf("argument %s\n", argv[i]);
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (std::strncmp(*variable, "COROSIM_", 8) == 0 || std::strncmp(*variable, "UBSAN_OPTIONS=", 14) == 0) {
      std::puts(*variable);
    }
  }
  return 0;
}
