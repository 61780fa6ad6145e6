// Does not compile: a task is made of a coroutine of the library.
#include <coroutine>

#include <corosim/runtime/task.hpp>

int main() { corosim::create_task(std::suspend_always()); }
