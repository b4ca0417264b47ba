// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/torch_plugin.h"

#include "base/program_folder.h"

#include <dlfcn.h>
#include <filesystem>

namespace millrace::runtime {

StatusOr<const TorchPlugin*> openTorchPlugin()
{
    std::error_code ignored;
    const auto program = programFolder();
    std::string tried;
    for (const auto& folder : {program, program / "../bin", program / "../lib/millrace"}) {
        const auto file = folder / "millrace_torch.so";
        if (!std::filesystem::exists(file, ignored)) {
            tried += (tried.empty() ? "" : ", ") + file.string();
            continue;
        }
        // RTLD_LOCAL hides the symbols of its dependencies (OpenCV, Qt 5 …) from other libraries.
        void* module = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (module == nullptr) return unavailable("libtorch cannot be used: " + std::string(dlerror()));
        const auto offer = reinterpret_cast<decltype(&millrace_torch_plugin)>(dlsym(module, kTorchPluginSymbol));
        if (offer == nullptr) return unavailable(file.string() + " is not ours: no " + kTorchPluginSymbol);
        return offer();
    }
    return unavailable("millrace_torch.so is missing; looked for " + tried);
}

}  // namespace millrace::runtime
