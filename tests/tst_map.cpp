// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QSet>
#include <QtTest>

#include <algorithm>

/// Holds the tree against the map in the README: which folders there are, and which may include which.
class TestMap : public QObject {
    Q_OBJECT

private:
    const QDir root_{QStringLiteral(MILLRACE_SOURCE_DIR)};

    QStringList files(const QString& folder, const QStringList& patterns) const
    {
        QStringList out;
        QDirIterator it(root_.filePath(folder), patterns, QDir::Files, QDirIterator::Subdirectories);
        while (it.hasNext()) out << root_.relativeFilePath(it.next());
        out.sort();
        return out;
    }
    QString read(const QString& path) const
    {
        QFile file(root_.filePath(path));
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
    }

    /// A source as comments, texts and code.
    struct Token {
        enum Kind { Code, Comment, Text };
        Kind kind;
        QString text;
        qsizetype line;
    };
    static QList<Token> tokens(const QString& source)
    {
        static const QRegularExpression part(
            QStringLiteral("//[^\n]*|/\\*.*?\\*/|\"(?:[^\"\\\\\n]|\\\\.)*\"|'(?:[^'\\\\\n]|\\\\.)'|[^\"'/]+|."),
            QRegularExpression::DotMatchesEverythingOption);
        QList<Token> out;
        qsizetype line = 1;
        for (auto parts = part.globalMatch(source); parts.hasNext();) {
            const QString text = parts.next().captured();
            const bool comment = text.startsWith(u"//") || text.startsWith(u"/*");
            out.append({comment                                    ? Token::Comment
                        : text.size() > 1 && text.startsWith(u'"') ? Token::Text
                                                                   : Token::Code,
                        text, line});
            line += text.count(u'\n');
        }
        return out;
    }

private Q_SLOTS:
    void onlyTheFoldersOfTheMapAreThere_data()
    {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QStringList>("allowed");
        QTest::newRow("top") << "." << QStringList{"desktop", "engine", "qml", "resources", "tests", "build", "out"};
        QTest::newRow("engine") << "engine"
                                << QStringList{"base",    "http",   "proto",   "front", "serve",   "batch",
                                               "load",    "stream", "backend", "pool",  "control", "telemetry",
                                               "runtime", "ctl",    "bench",   "docs"};
        QTest::newRow("qml") << "qml" << QStringList{"theme", "style", "components", "charts", "pages", "dialogs"};
        QTest::newRow("tests") << "tests" << QStringList{"support", "engine", "desktop", "qml",     "e2e",
                                                         "fuzz",    "bench",  "drills",  "interop", "soak"};
    }
    void onlyTheFoldersOfTheMapAreThere()
    {
        QFETCH(QString, folder);
        QFETCH(QStringList, allowed);
        const auto found = QDir(root_.filePath(folder)).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
        for (const auto& name : found) QVERIFY2(allowed.contains(name), qPrintable(folder + "/" + name));
    }

    void includesPointDown()
    {
        // What a module may include beside itself and base; proto, the contracts, needs no arrow.
        const QHash<QString, QSet<QString>> arrows = {
            {"base", {}},
            {"proto", {}},
            {"http", {}},
            {"pool", {}},
            {"backend", {"pool"}},
            {"stream", {"pool", "backend"}},
            {"batch", {"pool", "backend"}},
            {"load", {"pool", "backend"}},
            {"serve", {"pool", "backend", "stream", "batch", "load"}},
            {"front", {"pool", "backend", "stream", "serve"}},
            {"telemetry", {"pool", "backend", "stream", "batch", "load", "serve"}},
            {"control", {"pool", "backend", "stream", "batch", "load", "serve", "telemetry"}},
            {"runtime", {"backend"}},  // tensor.h, model_kind.h: what is the same on both sides of the wire
            {"ctl", {"control"}},      // configuration.h: paths and JSON of settings
            {"bench", {"load", "batch", "stream", "pool", "backend", "control", "front"}},
        };
        static const QRegularExpression include(QStringLiteral("^\\s*#include \"([a-z_]+)/"),
                                                QRegularExpression::MultilineOption);
        int seen = 0;
        for (const auto& path : files("engine", {"*.h", "*.cpp"})) {
            const auto parts = path.split('/');
            if (parts.size() < 3) continue;  // engine.cpp knows every module
            const auto& module = parts[1];
            QVERIFY2(arrows.contains(module), qPrintable(path));
            auto matches = include.globalMatch(read(path));
            while (matches.hasNext()) {
                const auto target = matches.next().captured(1);
                ++seen;
                if (target == module || target == "base" || target == "proto" ||
                    (target == "http" && module != "base") || !arrows.contains(target))
                    continue;
                QVERIFY2(arrows.value(module).contains(target), qPrintable(path + " includes " + target + "/"));
            }
        }
        QVERIFY(seen > 50);
    }

    /// The folders of the console in their order: each may include itself and what stands before it.
    void theConsoleIncludesPointDown()
    {
        const QStringList order = {"client", "format", "config", "series", "items", "lists", "viewmodels"};
        static const QRegularExpression include(QStringLiteral("^\\s*#include \"([a-z_]+)/"),
                                                QRegularExpression::MultilineOption);
        int seen = 0;
        for (const auto& path : files("desktop", {"*.h", "*.cpp"})) {
            const auto parts = path.split('/');
            if (parts.size() < 3) continue;  // the program puts all of them together
            const auto own = order.indexOf(parts[1]);
            QVERIFY2(own >= 0, qPrintable(path));
            auto matches = include.globalMatch(read(path));
            while (matches.hasNext()) {
                const auto target = matches.next().captured(1);
                if (target == u"control") continue;  // the next test has which of it
                QVERIFY2(order.contains(target), qPrintable(path + " includes " + target + "/"));
                QVERIFY2(order.indexOf(target) <= own, qPrintable(path + " includes " + target + "/"));
                ++seen;
            }
        }
        QVERIFY(seen > 50);
    }

    void theEngineKnowsNoQtAndTheConsoleNoEngine()
    {
        static const QRegularExpression qt(QStringLiteral("#include <Q[A-Z]|#include <Qt"));
        for (const auto& path : files("engine", {"*.h", "*.cpp"})) {
            if (path.startsWith("engine/runtime/train/")) continue;  // draws digits with Qt's fonts
            QVERIFY2(!read(path).contains(qt), qPrintable(path));
        }
        // But for the library of the configuration: desktop/docs/adr/0002-one-configuration-library.md.
        static const QRegularExpression module(
            QStringLiteral("#include \"(?!control/(?:configuration|config_plan|config_messages)\\.h\")"
                           "(base|http|pool|backend|stream|batch|load|serve|front|telemetry|control|engine)/"));
        int shared = 0;
        for (const auto& path : files("desktop", {"*.h", "*.cpp"})) {
            QVERIFY2(!read(path).contains(module), qPrintable(path));
            shared += read(path).contains("#include \"control/") ? 1 : 0;
        }
        QVERIFY(shared > 0);
    }

    /// The console has the whole of it in its program: no loop, no socket and no thread may come along.
    void theConfigurationLibraryIsPure()
    {
        static const QRegularExpression target(QStringLiteral("add_library\\(millrace_config STATIC ([^)]*)\\)"));
        const auto sources = target.match(read(QStringLiteral("engine/control/CMakeLists.txt")));
        QVERIFY(sources.hasMatch());
        const QStringList names = sources.captured(1).simplified().split(u' ');
        QVERIFY(names.size() > 7);
        static const QRegularExpression include(QStringLiteral("#include ([<\"][^>\"]+)"));
        const QSet<QString> ours{"base/base_url.h", "base/error.h",    "base/letters.h", "base/loopback.h",
                                 "base/number.h",   "base/sentence.h", "base/text.h",    "telemetry/sentence_message.h",
                                 "phrases.h"};
        for (const QString& name : names) {
            for (const QString& path : {"engine/control/" + name, "engine/control/" + name.chopped(3) + "h"}) {
                for (auto found = include.globalMatch(read(path)); found.hasNext();) {
                    const QString header = found.next().captured(1);
                    const QString what = path + " includes " + header.mid(1);
                    if (header.startsWith(u'<')) {
                        QVERIFY2(!header.startsWith("<boost/asio") && !header.startsWith("<grpc") &&
                                     !header.startsWith("<sys/socket") && !header.startsWith("<thread"),
                                 qPrintable(what));
                    } else if (header.startsWith("\"control/")) {
                        QString source = header.section(u'/', 1);
                        QVERIFY2(names.contains(source.replace(".h", ".cpp")), qPrintable(what));
                    } else {
                        QVERIFY2(ours.contains(header.mid(1)) || header.endsWith(".pb.h"), qPrintable(what));
                    }
                }
            }
        }
    }

    /// See base/cancellable_task.h: a signal that somebody holds himself is gone before Asio has done with it.
    void cancellationSignalsAreHeldByTasksAlone()
    {
        for (const auto& path : files("engine", {"*.h", "*.cpp"})) {
            if (path == "engine/base/cancellable_task.h") continue;
            QVERIFY2(!read(path).contains("cancellation_signal"), qPrintable(path));
            QVERIFY2(!read(path).contains("bind_cancellation_slot"), qPrintable(path));
        }
    }

    /// The first use of a thread_local that has a destructor takes the dynamic linker's lock: the runtime's loop stood
    /// still for half a second, until libtorch had been opened beside it.
    void theRuntimesLoopHasNoThreadLocalsThatEnd()
    {
        static const QRegularExpression plain(
            QStringLiteral("thread_local (const )?(int|bool|std::u?int\\d+_t) [\\w:]+( = \\d+)?;"));
        int seen = 0;
        for (const char* folder : {"engine/http", "engine/runtime"}) {
            for (const auto& path : files(folder, {"*.h", "*.cpp"})) {
                for (const QString& raw : read(path).split('\n')) {
                    const QString line = raw.section(QStringLiteral("//"), 0, 0);
                    if (!line.contains("thread_local")) continue;
                    ++seen;
                    QVERIFY2(line.contains(plain), qPrintable(path + ": " + line.trimmed()));
                }
            }
        }
        QVERIFY(seen > 0);
    }

    void whatThreadsShareIsAnnotated()
    {
        // Of the standard library or Abseil, one of the two checkers sees nothing; see adr/0005.
        static const QRegularExpression other(QStringLiteral(
            "(?<!base_sink<)std::((recursive_|shared_)?(timed_)?mutex|condition_variable)|absl::(Mutex|CondVar)"));
        static const QRegularExpression mutex(QStringLiteral("^ +(mutable )?Mutex \\w+;"),
                                              QRegularExpression::MultilineOption);
        int seen = 0;
        for (const auto& path : files("engine", {"*.h", "*.cpp"})) {
            if (path == "engine/base/mutex.h") continue;
            const auto text = read(path);
            QVERIFY2(!text.contains(other), qPrintable(path));
            if (!text.contains(mutex)) continue;
            ++seen;
            QVERIFY2(text.contains("MILLRACE_GUARDED_BY("), qPrintable(path + " does not say what its mutex guards"));
        }
        QVERIFY(seen > 10);
    }

    /// Its parser and its table of codes are used, by the module that speaks HTTP; adr/0009.
    void beastIsNamedInOnePlace()
    {
        int seen = 0;
        for (const auto& folder : {"engine", "tests"}) {
            for (const auto& path : files(folder, {"*.h", "*.cpp"})) {
                const QString text = read(path);
                if (path == "engine/http/beast.h")
                    ++seen;
                else
                    QVERIFY2(!text.contains(QStringLiteral("<boost/") + "beast"), qPrintable(path));
                if (text.contains("#include \"http/beast.h\""))
                    QVERIFY2(path.startsWith("engine/http/") && path.endsWith(".cpp"), qPrintable(path));
            }
        }
        QCOMPARE(seen, 1);
    }

    /// That of Boost 1.81 reads a byte behind the end of texts that differ; http::sameName does not.
    void textsAreNotComparedByBeast()
    {
        for (const auto& folder : {"engine", "tests"})
            for (const auto& path : files(folder, {"*.h", "*.cpp"}))
                QVERIFY2(!read(path).contains(QStringLiteral("beast::") + "iequals("), qPrintable(path));
    }

    void everySourceNamesItsLicence()
    {
        const QStringList patterns = {"*.h", "*.cpp", "*.qml", "*.proto", "CMakeLists.txt", "*.cmake", "*.sh"};
        for (const auto& folder : {"engine", "desktop", "qml", "tests"})
            for (const auto& path : files(folder, patterns))
                QVERIFY2(read(path).left(400).contains("SPDX-License-Identifier: GPL-3.0-or-later"), qPrintable(path));
        for (const auto& folder : {"engine/docs", "desktop/docs"}) {
            for (const auto& path : files(folder, {"*.md"})) {
                if (path == "engine/docs/settings.md") continue;  // what millracectl prints
                QVERIFY2(read(path).startsWith("<!-- SPDX-License-Identifier: GPL-3.0-or-later -->\n"),
                         qPrintable(path));
            }
        }
    }

    /// Programs have it from the build.
    void theVersionIsInOnePlace()
    {
        static const QRegularExpression project(QStringLiteral("project\\(millrace VERSION (\\d+\\.\\d+\\.\\d+) "));
        const QString version = project.match(read(QStringLiteral("CMakeLists.txt"))).captured(1);
        QVERIFY(!version.isEmpty());
        for (const auto& folder : {"engine", "desktop", "qml", "tests"})
            for (const auto& path : files(folder, {"*.h", "*.cpp", "*.qml", "*.proto", "*.json", "CMakeLists.txt"}))
                QVERIFY2(!read(path).contains(u'"' + version + u'"'), qPrintable(path));
        QVERIFY(read(QStringLiteral("engine/docs/CHANGELOG.md")).contains(QStringLiteral("## ") + version));
    }

    /// Beyond that there is a second concern in it, which has a name and a file of its own.
    void sourcesStayShort()
    {
        constexpr int kLinesMax = 450;
        for (const auto& folder : {"engine", "desktop"}) {
            for (const auto& path : files(folder, {"*.h", "*.cpp"})) {
                const auto lines = read(path).count('\n');
                QVERIFY2(lines <= kLinesMax, qPrintable(QStringLiteral("%1 has %2 lines").arg(path).arg(lines)));
            }
        }
    }

    /// The same of the console's pages and their parts: a section, a menu, a cell of a table has a file of its own.
    void qmlFilesStayShort()
    {
        constexpr int kLinesMax = 250;
        const QHash<QString, QString> longer = {
            {"qml/theme/Theme.qml",
             "one typed table of colours, sizes and durations: light beside dark, nothing to be split by"}};
        for (const auto& path : files("qml", {"*.qml"})) {
            const auto lines = read(path).count('\n');
            QVERIFY2(lines <= kLinesMax || longer.contains(path),
                     qPrintable(QStringLiteral("%1 has %2 lines").arg(path).arg(lines)));
        }
        for (auto exception = longer.cbegin(); exception != longer.cend(); ++exception)
            QVERIFY2(read(exception.key()).count('\n') > kLinesMax, qPrintable(exception.key() + " is short by now"));
    }

    /// What is wanted in many places has one; `places` (beginnings of paths) are that, and what has a cause of its own.
    void thereIsOneOfEach_data()
    {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<QStringList>("places");
        QTest::newRow("figures by a format: absl::StrFormat")
            << QStringLiteral("\\bv?sn?printf\\(|fmt::|std::format\\(") << QStringList{"bench/micro/"};
        QTest::newRow("tables of the bench: bench/markdown_table.h")
            << QStringLiteral("--:\\|") << QStringList{"bench/markdown_table"};
        QTest::newRow("letters in the other case: base/letters.h")
            << QStringLiteral("\\bto(lower|upper)\\(|[aA]' \\+ '[aA]'") << QStringList{"base/letters.h"};
        QTest::newRow("comparing without case: http::sameName()")
            << QStringLiteral("strn?casecmp|EqualsIgnoreCase") << QStringList();
        // A chunk is one member of an exact size; a body is neither.
        QTest::newRow("unpacking: http/inflate.h")
            << QStringLiteral("\\binflateInit") << QStringList{"http/inflate.cpp", "stream/chunk_codec.cpp"};
        QTest::newRow("packing: stream/deflater.h")
            << QStringLiteral("\\bdeflateInit") << QStringList{"stream/deflater.cpp"};
        QTest::newRow("this machine's addresses: base/loopback.h")
            << QStringLiteral("is_loopback\\(|starts_with\\(\"127|INADDR_LOOPBACK")
            << QStringList{"base/loopback.cpp", "bench/"};
        QTest::newRow("kinds of models: backend/model_kind.h")
            << QStringLiteral("enum class \\w+ \\{[^}]*\\bEmbedding\\b") << QStringList{"backend/model_kind.h"};
        // A number with what follows it: units of settings, parameters of fields, values within a JSON text.
        QTest::newRow("numbers: base/number.h")
            << QStringLiteral("from_chars\\(|\\bsto[idlu]+\\(|strto[dflu]+\\(|SimpleAto")
            << QStringList{"base/number.h",
                           "control/config_value.cpp",

                           "pool/idle_limit.cpp",
                           "front/http_text.cpp",
                           "batch/exchange.cpp",
                           "runtime/train/wordnet.cpp",
                           "bench/"};
        QTest::newRow("what stands around a word: trimmed(), base/letters.h")
            << QStringLiteral("find_last_not_of\\([^' ]|StripAsciiWhitespace|string\\w* trimmed\\(")
            << QStringList{"base/letters.h"};
        QTest::newRow("what a process uses: base/process_usage.h")
            << QStringLiteral("/statm?\"") << QStringList{"base/process_usage.cpp"};
        // On a request's way text is appended (adr/0016); millracectl must not write what a terminal obeys.
        QTest::newRow("texts in JSON: Boost.JSON")
            << QStringLiteral("\\\\\\\\u00") << QStringList{"front/json_text.cpp", "ctl/json_text.cpp", "bench/micro/"};
        // Without a Clock: the steps of a stop, which must end whatever the rest does, and programs that measure the
        // machine.
        QTest::newRow("timers: base/deadline_timer.h, Clock")
            << QStringLiteral("(steady|system|waitable)_timer")
            << QStringList{"base/clock.cpp", "bench/", "runtime/main.cpp", "stop_clock", "engine.cpp"};
    }
    void thereIsOneOfEach()
    {
        QFETCH(const QString, pattern);
        QFETCH(const QStringList, places);
        const QRegularExpression twin(pattern);
        QVERIFY(twin.isValid());
        for (const auto& path : files("engine", {"*.h", "*.cpp"})) {
            const QString own = path.mid(7);
            if (std::any_of(places.begin(), places.end(), [&](const QString& place) { return own.startsWith(place); }))
                continue;
            const auto found = twin.match(read(path));
            QVERIFY2(!found.hasMatch(), qPrintable(path + " has " + found.captured()));
        }
    }

    /// What a source has for others is in the header of its name: file = class.
    void sourcesHaveAHeaderOfTheirName()
    {
        const QHash<QString, QString> without = {
            {"engine/bench/micro/", "one function each that registers measurements: suites.h lists them"},
            {"desktop/client/fake_world_", "one class, by the pages that it invents data for: fake_world.h"},
            {"desktop/client/grpc_calls", "the calls of grpc_engine_client.h"},
            {"desktop/series/time_plot_pointing", "what TimePlot does with the pointer: time_plot.h"},
            {"desktop/viewmodels/models_view_model_actions", "what can be done to a model: models_view_model.h"},
            {"desktop/viewmodels/settings_view_model_shown", "what QML reads: settings_view_model.h"}};
        QSet<QString> unused;
        for (auto it = without.cbegin(); it != without.cend(); ++it) unused.insert(it.key());
        int seen = 0;
        for (const auto& path : files("engine", {"*.cpp"}) + files("desktop", {"*.cpp"})) {
            const QString stem = path.chopped(4);
            if (stem.endsWith("/main")) continue;
            ++seen;
            if (QFileInfo::exists(root_.filePath(stem + ".h"))) continue;
            bool excepted = false;
            for (auto it = without.cbegin(); it != without.cend(); ++it) {
                if (!stem.startsWith(it.key())) continue;
                excepted = true;
                unused.remove(it.key());
            }
            QVERIFY2(excepted, qPrintable(path));
        }
        QVERIFY(seen > 350);
        QVERIFY2(unused.isEmpty(), qPrintable(QStringList(unused.values()).join(u' ')));
    }

    /// The field's terms, not a dialect of our own: in what people read (documents, texts of programs and of the
    /// contract, help of settings), and in comments.
    void peopleReadTheFieldsWords()
    {
        const QRegularExpression dialect(QStringLiteral(
            "\\b(by hand|has gone|have gone|went away|gone away|under way|left full|leaves at once|loaded ahead|for "
            "ever|"
            "room was needed|hangs? up|hung up|asked for by|its story|told|tells|(?<!make )(?<!makes )rooms?|so many|"
            "those that wait|goes? alone|by turns|a person|is no (?:HTTP|JSON|POST|IP)|of (?:its|their) own|let "
            "go)\\b"));
        const auto matches = [&dialect](const QString& text) { return text.contains(dialect); };
        QVERIFY(matches("the runtime is told to load it") && matches("no room for it") && matches("a body is no JSON"));
        QVERIFY(!matches("evicted to make room for m") && !matches("a toll, a roomy headroom"));
        // "is not valid JSON", "is not a list".
        const QRegularExpression negative(QStringLiteral("(?<![Tt]here )\\bis no (?!longer|more)[A-Za-z]+"));
        QVERIFY(QStringLiteral("this is no gRPC").contains(negative));
        QVERIFY(!QStringLiteral("there is no model, and it is no longer there").contains(negative));
        QStringList found;
        const auto look = [&](const QString& path, qsizetype line, const QString& text,
                              const QRegularExpression& words) {
            if (const auto match = words.match(text); match.hasMatch())
                found.append(QStringLiteral("%1:%2: %3").arg(path).arg(line).arg(match.captured()));
        };
        QStringList docs{QStringLiteral("README.md")};
        for (const auto& folder : {"engine/docs", "desktop/docs"}) docs += files(folder, {"*.md"});
        QVERIFY(docs.size() > 15);
        for (const auto& path : docs) {
            const QStringList lines = read(path).split(u'\n');
            for (qsizetype i = 0; i < lines.size(); ++i) look(path, i + 1, lines[i], dialect);
        }
        for (const auto& folder : {"engine", "desktop", "qml"}) {
            for (const auto& path : files(folder, {"*.h", "*.cpp", "*.qml", "*.proto"})) {
                for (const Token& token : tokens(read(path))) {
                    if (token.kind != Token::Code) look(path, token.line, token.text, dialect);
                    if (token.kind == Token::Text) look(path, token.line, token.text, negative);
                }
            }
        }
        QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
    }

    /// Names of which the field has another; the words and why are those of the glossary (engine/docs/glossary.md).
    void namesAreTheFieldsWords()
    {
        const QRegularExpression dialect(QStringLiteral(
            "\\b(setNow(?!Ms)|Journal|tell|tells|teller|told|giveWay|OpenAnswers|wordsOf|EngineView|Picture|"
            "RevisionMeter|SocketClaim|Parcel|room_options|turnAway|fullNoted_?|hearJson|HeardJson|Unheard|isOurs|"
            "staysHere|strangeEncoding|isSaneId|Allowance|Reluctance|dealOut|tryAhead|Ahead|relieve|closingFor|"
            "unjudged|"
            "judge|judgeSoon|dismissed|mayGoAhead|reopen|LruShadow|glance|doubtful|opinions_|ValueChooser|[Hh]urry\\w*|"
            "takeProbe|Figures|breakOff|wentAway|giveBack|pauseOrGoOn|saidDown_|tellHealth|lookAgain|isHopByHop|"
            "sayGoodbye|letGo|kNowhere|askInTurns|toucher|todo|complain|sunk|takeVerdict|keepStaged|Departure|"
            "OrderKeeper|"
            "partsLarge|Alarm|Why|room|rooms|story|strip|lean|worth)\\b"));
        // A loop's variable, or the parameter of a lambda, says what it is.
        const QRegularExpression nameless(
            QStringLiteral("for \\((?:const )?[\\w:<>]+[&* ]+(?:one|each|made|given|held) *[:=]|"
                           "\\]\\((?:const )?[\\w:<>]+[&* ]+(?:one|each|made|given|held)[,)]"));
        // Types of QML that are Controls of the style.
        const QRegularExpression control(
            QStringLiteral("^\\s*(Btn|Txt|Input|Choice|Toggle|MenuList|MenuEntry|Hint|Confirm|ScrollArea|Head|Empty|"
                           "AwayBar|Rail) \\{"));
        QVERIFY(QStringLiteral("for (const auto& one : list)").contains(nameless));
        QVERIFY(QStringLiteral("[&](const Place& held) { return 1; }").contains(nameless));
        QVERIFY(!QStringLiteral("for (const auto& entry : held)").contains(nameless));
        QStringList found;
        for (const auto& folder : {"engine", "desktop", "qml"}) {
            for (const auto& path : files(folder, {"*.h", "*.cpp", "*.qml", "*.proto"})) {
                for (const Token& token : tokens(read(path))) {
                    if (token.kind != Token::Code) continue;
                    for (auto all = dialect.globalMatch(token.text); all.hasNext();) {
                        const auto match = all.next();
                        const auto line = token.line + token.text.left(match.capturedStart()).count(u'\n');
                        found << QStringLiteral("%1:%2: %3").arg(path).arg(line).arg(match.captured());
                    }
                    if (const auto match = nameless.match(token.text); match.hasMatch())
                        found << path + ": " + match.captured();
                }
                if (!path.endsWith(".qml")) continue;
                for (const QString& line : read(path).split(u'\n'))
                    if (line.contains(control)) found << path + ": " + line.trimmed();
            }
        }
        QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
    }

    /// States, reasons, verdicts and kinds are enums of the contract, and a switch over one names the value it misses.
    void statesAreNotComparedAsTexts()
    {
        const QString contract = read(QStringLiteral("engine/proto/control.proto"));
        static const QRegularExpression type(
            QStringLiteral("^enum (\\w+) \\{(.*?)^\\}"),
            QRegularExpression::MultilineOption | QRegularExpression::DotMatchesEverythingOption);
        static const QRegularExpression value(QStringLiteral("^ *([A-Z0-9_]+) = \\d+"),
                                              QRegularExpression::MultilineOption);
        static const QRegularExpression capital(QStringLiteral("(?<!^)([A-Z])"));
        QSet<QString> words;
        for (auto types = type.globalMatch(contract); types.hasNext();) {
            const auto found = types.next();
            if (found.captured(1) == u"Stage") continue;  // pages and colours have the same names
            const QString prefix = found.captured(1).replace(capital, QStringLiteral("_\\1")).toUpper() + u'_';
            for (auto values = value.globalMatch(found.captured(2)); values.hasNext();) {
                const QString name = values.next().captured(1);
                QVERIFY2(name.startsWith(prefix), qPrintable(name));
                words.insert(name.mid(prefix.size()).toLower());
            }
        }
        QVERIFY(words.size() > 100);

        static const QRegularExpression text(
            QStringLiteral(
                "^ *string "
                "(state|health|phase|outcome|cause|severity|paused_by|bottleneck_stage|takes_effect|protocol|"
                "kind|for_kind|author) ="),
            QRegularExpression::MultilineOption);
        QVERIFY2(!text.match(contract).hasMatch(), qPrintable(text.match(contract).captured()));

        // What stands left of a comparison, and the words to its right; or the other way round, or a case of
        // JavaScript.
        static const QRegularExpression compared(
            QStringLiteral("(\\w*)(?:\\(\\))? *[!=]==? *(?:u|QLatin1String\\(|QStringLiteral\\()?\"([a-z_-]+)\"|"
                           "\"([a-z_-]+)\"\\)? *[!=]==?|case \"([a-z_-]+)\""));
        const auto wordsOf = [&words](const QString& line) {
            static const QSet<QString> free{"key", "time"};
            QStringList out;
            for (auto found = compared.globalMatch(line); found.hasNext();) {
                const auto match = found.next();
                if (free.contains(match.captured(1))) continue;
                for (int i = 2; i <= 4; ++i)
                    if (words.contains(match.captured(i))) out << match.captured();
            }
            return out;
        };
        QVERIFY(!wordsOf("if (pool.health() == \"healthy\")").isEmpty());
        QVERIFY(!wordsOf("return \"paused\" != state;").isEmpty());
        QVERIFY(!wordsOf("visible: row.state === \"warm\"").isEmpty());
        QVERIFY(!wordsOf("if (state == QLatin1String(\"cold\"))").isEmpty());
        QVERIFY(!wordsOf("if (why == u\"timeout\")").isEmpty());
        QVERIFY(!wordsOf("case \"loading\":").isEmpty());
        QVERIFY(!wordsOf("if (pool.protocol() == \"http\") say(\"healthy\");").isEmpty());
        QVERIFY(wordsOf("if (key == \"http\") say(\"healthy\");").isEmpty());
        QStringList wrong;
        for (const auto& folder : {"desktop", "engine/ctl", "engine/serve", "engine/control", "qml"})
            for (const auto& path : files(folder, {"*.h", "*.cpp", "*.qml"}))
                for (const QString& line : read(path).split(u'\n'))
                    for (const QString& found : wordsOf(line)) wrong << path + ": " + found;
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(u'\n')));
    }

    /// Else the compiler says nothing of a value that was added.
    /// A field that the engine never sets is a figure that is always 0.
    void theEngineSetsEveryField()
    {
        static const QRegularExpression message(
            QStringLiteral("^message (\\w+) \\{(.*?)\\}$"),
            QRegularExpression::MultilineOption | QRegularExpression::DotMatchesEverythingOption);
        static const QRegularExpression comment(QStringLiteral("//[^\n]*"));
        static const QRegularExpression field(QStringLiteral("(\\w+) = \\d+"));
        static const QRegularExpression setter(QStringLiteral("\\b(?:set|mutable|add)_(\\w+)\\("));
        QSet<QString> set;
        for (const QString& path : files(QStringLiteral("engine"), {"*.cpp", "*.h"})) {
            if (path.contains(QLatin1String("/ctl/")) || path.contains(QLatin1String("/bench/"))) continue;
            for (auto calls = setter.globalMatch(read(path)); calls.hasNext();) set.insert(calls.next().captured(1));
        }
        int looked = 0;
        QStringList never;
        for (auto messages = message.globalMatch(read(QStringLiteral("engine/proto/control.proto")));
             messages.hasNext();) {
            const auto found = messages.next();
            if (found.captured(1).endsWith(QLatin1String("Request"))) continue;  // the client sets those
            for (auto fields = field.globalMatch(found.captured(2).remove(comment)); fields.hasNext(); ++looked)
                if (const QString name = fields.next().captured(1); !set.contains(name))
                    never << found.captured(1) + u'.' + name;
        }
        QVERIFY(looked > 250);
        QVERIFY2(never.isEmpty(), qPrintable(never.join(QStringLiteral(", "))));
    }

    void switchesOverTheContractHaveNoDefault()
    {
        static const QRegularExpression value(QStringLiteral("case (?:\\w+::)*[A-Z][A-Z0-9]*_[A-Z0-9_]+:"));
        const auto hides = [](const QString& source) {
            const QStringList lines = source.split(u'\n');
            QStringList out;
            for (qsizetype i = 0; i < lines.size(); ++i) {
                const QString indent = lines[i].left(lines[i].indexOf(QStringLiteral("switch (")));
                if (!lines[i].contains(QStringLiteral("switch (")) || !indent.trimmed().isEmpty()) continue;
                bool contract = false;
                for (qsizetype j = i + 1; j < lines.size() && lines[j] != indent + u'}'; ++j) {
                    contract = contract || (lines[j].contains(value) && !lines[j].contains(QStringLiteral("CPPTYPE")));
                    if (contract && lines[j].trimmed() == QStringLiteral("default:")) out << lines[i].trimmed();
                }
            }
            return out;
        };
        QVERIFY(!hides("  switch (it) {\n    case v1::STAGE_MODELS:\n      f();\n    default:\n  }\n").isEmpty());
        QVERIFY(hides("  switch (it) {\n    case Kind::Config:\n      f();\n    default:\n  }\n").isEmpty());
        QStringList wrong;
        for (const auto& folder : {"desktop", "engine/ctl"})
            for (const auto& path : files(folder, {"*.h", "*.cpp"}))
                for (const QString& found : hides(read(path))) wrong << path + ": " + found;
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(u'\n')));
    }

    /// A document that names a file which has moved sends its reader nowhere.
    void documentsNameFilesThatExist()
    {
        static const QRegularExpression path(
            QStringLiteral("[\\w./-]*/[\\w.-]+\\.(?:\\{h,cpp\\}|(?:h|cpp|proto|qml|md|py|cmake)\\b)"));
        QStringList docs{root_.filePath(QStringLiteral("README.md")),
                         QStringLiteral(".github/pull_request_template.md")};
        for (const auto& folder : {"engine", "desktop", "qml", "resources", "tests"}) docs += files(folder, {"*.md"});
        QStringList missing;
        int named = 0;
        for (const auto& doc : docs) {
            QStringList roots{"", "engine/", "desktop/", "qml/", "tests/"};
            roots << QFileInfo(root_.filePath(doc)).path() + u'/';
            for (auto match = path.globalMatch(read(doc)); match.hasNext();) {
                const QString name = match.next().captured();
                for (const char* kind : {"h", "cpp"}) {
                    const QString file = QString(name).replace(QLatin1String("{h,cpp}"), QLatin1String(kind));
                    const bool there = std::any_of(roots.begin(), roots.end(), [&](const QString& folder) {
                        return QFileInfo::exists(root_.filePath(folder + file));
                    });
                    if (!there) missing << doc + ": " + file;
                    ++named;
                }
            }
        }
        QVERIFY(named > 100);
        QVERIFY2(missing.isEmpty(), qPrintable(missing.join(u'\n')));
    }

    /// The same of a class, a function or a module's file that was renamed. Names of other projects in small letters
    /// are no such names: only what has a capital, a scope or a module's folder is looked for.
    void documentsNameWhatExists()
    {
        QSet<QString> words;
        static const QRegularExpression word(QStringLiteral("\\w+"));
        for (const auto& folder : {"engine", "desktop", "qml", "tests"})
            for (const auto& path : files(
                     folder, {"*.h", "*.cpp", "*.qml", "*.proto", "*.js", "*.py", "*.cmake", "CMakeLists.txt", "run"}))
                for (auto found = word.globalMatch(path.endsWith("tst_map.cpp") ? QString() : read(path));
                     found.hasNext();)
                    words.insert(found.next().captured());
        // `name` or `name()`, of which some have a scope; and `module/file`, the extension left out.
        static const QRegularExpression name(QStringLiteral("`((?:\\w+(?:::|\\.))*[A-Za-z_]\\w*)(?:\\(\\))?`"));
        static const QRegularExpression ours(QStringLiteral("^[A-Z][A-Z]*[a-z]|::|^[a-z]+[A-Z]"));
        static const QRegularExpression file(
            QStringLiteral("`(?:engine/)?((?:base|http|pool|backend|stream|batch|load|serve|front|telemetry|control|"
                           "runtime|ctl|bench)/[a-z0-9_]+)`"));
        const auto missingIn = [&](const QString& text) {
            QStringList out;
            for (auto found = name.globalMatch(text); found.hasNext();) {
                const QString whole = found.next().captured(1);
                if (!whole.contains(ours)) continue;
                for (const QString& part : whole.split(QRegularExpression(QStringLiteral("::|\\."))))
                    if (!words.contains(part)) out << whole;
            }
            for (auto found = file.globalMatch(text); found.hasNext();) {
                const QString stem = root_.filePath(QStringLiteral("engine/") + found.next().captured(1));
                if (!QFileInfo::exists(stem + ".h") && !QFileInfo::exists(stem + ".cpp") && !QFileInfo::exists(stem))
                    out << stem;
            }
            return out;
        };
        QVERIFY(!missingIn("`Conversation` answers").isEmpty() && !missingIn("in `pool/grpc_connection`").isEmpty());
        QVERIFY(missingIn("`Lane::next()`, `pool/ledger`, `sendto()` and `dirty_decay_ms`").isEmpty());
        QStringList docs{QStringLiteral("README.md")};
        for (const auto& folder : {"engine/docs", "desktop/docs"}) docs += files(folder, {"*.md"});
        QStringList missing;
        for (const auto& doc : docs)
            for (const QString& found : missingIn(read(doc))) missing << doc + ": " + found;
        QVERIFY2(missing.isEmpty(), qPrintable(missing.join(u'\n')));
    }

    void noFileCarriesAPathOfOneMachine()
    {
        static const QRegularExpression path(QStringLiteral("(^|[^A-Za-z0-9_.])/(work|root|home|Users)/[A-Za-z0-9_]"));
        for (const auto& folder : {"engine", "desktop", "qml", "tests"})
            for (const auto& file :
                 files(folder, {"*.h", "*.cpp", "*.qml", "*.proto", "*.txt", "*.md", "*.sh", "*.json"}))
                QVERIFY2(!read(file).contains(path), qPrintable(file));
    }

    void coloursLiveInTheTheme()
    {
        static const QRegularExpression colour(QStringLiteral("\"#[0-9A-Fa-f]{6,8}\""));
        for (const auto& file : files("qml", {"*.qml"})) {
            if (file.startsWith("qml/theme/")) continue;
            QVERIFY2(!read(file).contains(colour), qPrintable(file));
        }
    }

    /// "0", "1" and "2" are no sizes, and neither are shares of a layout, columns' minima and counts of rows.
    void sizesLiveInTheTheme()
    {
        // A property that is a size by its name, and a number in what it is set to; 3 * gap is a count of gaps.
        static const QRegularExpression size(
            QStringLiteral(
                "^\\s*(?:(?:readonly )?property \\w+ )?(?:[a-zA-Z]+\\.)?(?!preferredWidth|minimum\\b)"
                "(?:x|y|\\w*(?:width|height|margin|padding|spacing|radius|size|interval|duration|delay|buffer|edge|"
                "gutter|inset)\\w*)\\s*:"
                "[^\"\\n]*?(?<![\\w.\"])(?<!min\\()(?:[3-9](?! *\\* *[a-zA-Z])|[1-9][0-9]+)(?![\\w.])"),
            QRegularExpression::MultilineOption | QRegularExpression::CaseInsensitiveOption);
        static const QRegularExpression place(
            QStringLiteral("Qt\\.(?:rect|point|size)\\([^\\n]*?(?<![\\w.])(?:[3-9]|[1-9][0-9]+)\\b|"
                           "(?:width|height) *[<>]=? *[0-9]{2,}"),
            QRegularExpression::CaseInsensitiveOption);
        static const QRegularExpression comment(QStringLiteral("//[^\n]*"));
        QStringList wrong;
        for (const auto& file : files("qml", {"*.qml"})) {
            if (file.startsWith("qml/theme/")) continue;
            const auto text = read(file).remove(comment);
            for (const auto& rule : {size, place}) {
                auto found = rule.globalMatch(text);
                while (found.hasNext()) wrong << file + ": " + found.next().captured().trimmed();
            }
        }
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join('\n')));
    }

    /// What is not seen may be smaller, and is then seen again: such a page is laid out without end.
    void nothingHidesByItsOwnGeometry()
    {
        static const QRegularExpression hides(
            QStringLiteral("^\\s*visible:[^\\n]*(?<![\\w.])(?:x|y|width|height|implicitWidth|implicitHeight)\\b"),
            QRegularExpression::MultilineOption);
        QVERIFY(hides.match(QStringLiteral("    visible: x + width < other.x\n")).hasMatch());
        QVERIFY(!hides.match(QStringLiteral("    visible: other.width > 0 && on\n    width: 3\n")).hasMatch());
        QStringList wrong;
        for (const auto& file : files("qml", {"*.qml"}))
            if (const auto found = hides.match(read(file)); found.hasMatch())
                wrong << file + ": " + found.captured().trimmed();
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join('\n')));
    }

    /// How wide a text is that wraps follows from its width; a width that follows from that is laid out without end.
    void noWrappedTextIsAsWideAsItself()
    {
        const auto bad = [](const QString& qml) { return !wrappedByThemselves(qml).isEmpty(); };
        QVERIFY(bad("Label {\n  width: Math.min(implicitWidth, 3)\n  wrapMode: Text.Wrap\n}"));
        QVERIFY(
            bad("Item {\n  width: words.implicitWidth\n  Label {\n    id: words\n    wrapMode: Text.WordWrap\n  }\n}"));
        QVERIFY(
            !bad("Item {\n  Label {\n    id: words\n    wrapMode: Text.Wrap\n    width: plain.implicitWidth\n  }\n}"));
        QVERIFY(!bad("Label {\n  wrapMode: Text.Wrap\n  width: 3\n  Text {\n    width: implicitWidth\n  }\n}"));
        QStringList wrong;
        for (const auto& file : files("qml", {"*.qml"}))
            for (const auto& line : wrappedByThemselves(read(file))) wrong << file + ": " + line;
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join('\n')));
    }

    /// A page is made in slices, and its rows come in any order: a menu that is there already cannot put them into
    /// theirs
    /// ("Cannot stack MenuItem before …", once in some hundred starts).
    void menusOfAModelAreMadeWhenAskedFor()
    {
        const QString repeated = "Menu {\n  id: it\n  Repeater {\n    MenuItem {\n    }\n  }\n}";
        QVERIFY(!repeatedInAMenu(repeated).isEmpty());
        QVERIFY(!repeatedInAMenu("Item {\n  id: list // Menu {\n  " + repeated + "\n}").isEmpty());
        QVERIFY(repeatedInAMenu("Instantiator {\n  active: false\n  " + repeated + "\n}").isEmpty());
        QVERIFY(repeatedInAMenu("Menu {\n  MenuItem {\n  }\n}\nRepeater {\n}").isEmpty());
        QStringList wrong;
        for (const auto& file : files("qml", {"*.qml"}))
            for (const auto& line : repeatedInAMenu(read(file))) wrong << file + ": " + line;
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join('\n')));
    }

private:
    /// The menus whose rows come from a Repeater, and that nothing holds back until they are asked for.
    static QStringList repeatedInAMenu(const QString& qml)
    {
        QStringList open, out;
        for (const QString& raw : qml.split('\n')) {
            const QString line = raw.section(QStringLiteral("//"), 0, 0).trimmed();
            if (line.startsWith('}') && !open.isEmpty()) open.removeLast();
            if (!line.endsWith('{')) continue;
            const QString type = line.section(' ', 0, 0);
            if (type == u"Repeater" && !open.isEmpty() && open.last() == u"Menu" && !open.contains("Instantiator"))
                out << QStringLiteral("a Repeater in a Menu in ") + open.join(u'.');
            open.append(type);
        }
        return out;
    }

    /// Lines of QML in which a text that wraps, or what holds it, takes its width from that of the text.
    static QStringList wrappedByThemselves(const QString& qml)
    {
        struct Block {
            QString id;
            bool wraps = false;
            QStringList widths;
        };
        static const QRegularExpression id(QStringLiteral("^id: *(\\w+)"));
        static const QRegularExpression own(
            QStringLiteral("^(?:width|implicitWidth|x):.*(?<![\\w.])(?:implicitWidth|contentWidth|paintedWidth)\\b"));
        QList<Block> open{{}}, wrapping;
        for (const QString& raw : qml.split('\n')) {
            const QString line = raw.section(QStringLiteral("//"), 0, 0).trimmed();
            if (line.endsWith('{')) open.append(Block());
            if (const auto found = id.match(line); found.hasMatch()) open.last().id = found.captured(1);
            if (line.startsWith("wrapMode: Text.W") || line.startsWith("WrappedLabel")) open.last().wraps = true;
            if (line.contains(own)) open.last().widths << line;
            if (line.startsWith('}') && !line.endsWith('{') && open.size() > 1) {
                const Block block = open.takeLast();
                if (block.wraps) wrapping << block;
            }
        }
        QStringList out;
        for (const Block& block : wrapping) {
            out << block.widths;
            if (block.id.isEmpty()) continue;
            const QRegularExpression of("(?:width|implicitWidth):.*\\b" + block.id + "\\.implicitWidth\\b");
            for (const QString& line : qml.split('\n'))
                if (line.contains(of)) out << line.trimmed();
        }
        return out;
    }
};

QTEST_GUILESS_MAIN(TestMap)
#include "tst_map.moc"
