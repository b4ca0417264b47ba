// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/config_draft.h"
#include "config/server_state.h"
#include "control.pb.h"
#include "viewmodels/backend_tests.h"
#include "viewmodels/config_applier.h"
#include "viewmodels/config_loader.h"
#include "viewmodels/config_validator.h"
#include "viewmodels/draft_store.h"
#include "viewmodels/settings_view_model.h"

#include <utility>
#include <vector>

namespace millrace::desktop {

/// What the engine has, what is pending on top of it, the engine's validation of that, and the ways to and from it.
struct SettingsViewModel::Core {
    ServerState server;
    ConfigDraft draft;
    std::vector<control::ConfigChange> changes;  // as the engine sees them
    BackendTests tests;
    ConfigLoader loader;
    ConfigValidator validator;
    ConfigApplier applier;
    DraftStore store;

    Core(Session& session, ConfigValidator::RequestSource request)
        : tests(session), loader(session), validator(session, std::move(request)), applier(session), store(session)
    {}
};

}  // namespace millrace::desktop
