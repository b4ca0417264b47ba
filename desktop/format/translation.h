// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QLocale>
#include <QtCore/QString>

#include <memory>
#include <string>
#include <vector>

QT_FORWARD_DECLARE_CLASS(QTranslator)

namespace millrace::desktop {

/// The language that the console speaks: its translators in the application, and the way numbers are written.
/// What is said already stays as it was said; use() comes before texts are made.
///
/// Owner: App, or a test.   Thread: GUI.
/// Bound: one language at a time. English needs a translator as well: it knows the plural forms.
/// Stop:  the destructor takes the translators out again; numbers stay as they were.
class Translation {
public:
    Translation();
    ~Translation();
    Translation(const Translation&) = delete;
    Translation& operator=(const Translation&) = delete;

    /// English or German; of any other one nothing is there, and English it is.
    void use(QLocale::Language language);
    QLocale::Language language() const { return language_; }

    /// The first language of the desktop that there is.
    static QLocale::Language ofDesktop();
    static QLocale::Language ofDesktop(const QStringList& languages);  ///< "de-AT", "en" …, best first

private:
    void load(const QString& file, const QString& folder);

    std::vector<std::unique_ptr<QTranslator>> translators_;
    QLocale::Language language_ = QLocale::C;
};

/// What the engine's descriptors say of settings (titles, helps, groups, units) and of series, and its phrases, in the
/// language of the console. What they did not say when the console was built stays English.
QString translatedSetting(const std::string& text);
QString translatedSeries(const std::string& text);
QString translatedPhrase(const std::string& text);

}  // namespace millrace::desktop
