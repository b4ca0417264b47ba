// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/engine_client.h"

#include <QtCore/QObject>
#include <QtCore/QTimer>

namespace millrace::desktop {

class Session;

/// Gets the schema of the settings once for each engine, and its configuration whenever that is requested; again after
/// a moment where that failed.
///
/// Bound: one call at a time.
class ConfigLoader : public QObject {
    Q_OBJECT
public:
    explicit ConfigLoader(Session& session);
    void load();
    void forgetSchema() { hasSchema_ = false; }  ///< perhaps another version of the engine is there
    bool hasSchema() const { return hasSchema_; }
    bool isWaiting() const { return timer_.isActive(); }  ///< it failed, and is tried again in a moment

Q_SIGNALS:
    void schemaLoaded(const millrace::control::v1::Schema& schema);
    void loaded(const millrace::control::v1::ConfigState& state);
    void failed(const QString& problem);

private:
    void loadConfig();
    void onFailed(const QString& problem);

    Session& session_;
    QTimer timer_;
    bool hasSchema_ = false;
    bool loading_ = false;
};

}  // namespace millrace::desktop
