// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/config_loader.h"

#include "control.pb.h"
#include "viewmodels/session.h"

namespace millrace::desktop {
namespace {

constexpr int kLoadAgainMs = 2'000;

}  // namespace

ConfigLoader::ConfigLoader(Session& session) : session_(session)
{
    timer_.setSingleShot(true);
    timer_.setInterval(kLoadAgainMs);
    connect(&timer_, &QTimer::timeout, this, &ConfigLoader::load);
}

void ConfigLoader::load()
{
    if (loading_ || !session_.isWritable()) return;
    loading_ = true;
    if (hasSchema_) return loadConfig();
    session_.client().getSchema(this, [this](const Outcome<control::Schema>& outcome) {
        if (!outcome.ok()) return onFailed(outcome.problem);
        hasSchema_ = true;
        Q_EMIT schemaLoaded(*outcome.reply);
        loadConfig();
    });
}

void ConfigLoader::loadConfig()
{
    session_.client().getConfig(this, [this](const Outcome<control::ConfigState>& outcome) {
        if (!outcome.ok()) return onFailed(outcome.problem);
        loading_ = false;
        Q_EMIT loaded(*outcome.reply);
    });
}

void ConfigLoader::onFailed(const QString& problem)
{
    loading_ = false;
    timer_.start();
    Q_EMIT failed(problem);
}

}  // namespace millrace::desktop
