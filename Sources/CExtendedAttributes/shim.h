// Extended attributes of files, which no module of the toolchain has on Linux.
#pragma once
#include <sys/xattr.h>
