package dev.cprfl.model.clip;

import dev.cprfl.tensor.UserException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * Byte-pair encoding (Sennrich et al. 2016) on the bytes of UTF-8, as GPT-2 and CLIP have it. A word begins as its bytes,
 * the last of which is marked; then the two neighbours whose merge stands first in the list become one symbol, wherever they
 * are neighbours, until no neighbours are in the list.
 *
 * <p>Tokens are numbered: 256 bytes, 256 bytes that end a word, then the merges.
 */
final class BytePairs {

    /** Tokens that are single bytes. */
    static final int BYTES = 512;

    /** Bytes with a printable character of Latin-1 stand for it; the others get characters from U+0100 on. */
    private static final String ALPHABET = IntStream
            .concat(printable(), IntStream.range(0x100, 0x100 + 256 - (int) printable().count()))
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();

    private static final int[] SYMBOL_OF_BYTE = symbolOfByte();

    private final Map<String, Integer> symbols = new HashMap<>();
    private final Map<Long, Integer> ranks = new HashMap<>();
    private final int[] results;
    private final int[] ids;

    /**
     * @param source for messages
     * @throws UserException if a merge stands twice, or uses a symbol that is not made before
     */
    BytePairs(List<Merge> merges, String source) {
        results = new int[merges.size()];
        ids = IntStream.range(0, BYTES + merges.size()).toArray();
        for (int i = 0; i < 256; i++) {
            symbols.put(ALPHABET.substring(i, i + 1), i);
            symbols.put(ALPHABET.charAt(i) + Merge.WORD_END, 256 + i);
        }
        for (int rank = 0; rank < results.length; rank++) {
            Merge merge = merges.get(rank);
            String place = source + ": merge " + (rank + 1) + " (" + merge.first() + " " + merge.second() + ")";
            if (ranks.put(pair(known(merge.first(), place), known(merge.second(), place)), rank) != null) {
                throw new UserException(place + " stands in the list twice");
            }
            // Two merges may make one symbol, such as CLIP's jekyll; the later one numbers it.
            Integer before = symbols.putIfAbsent(merge.merged(), BYTES + rank);
            results[rank] = before == null ? BYTES + rank : before;
            ids[results[rank]] = BYTES + rank;
        }
    }

    private static IntStream printable() {
        return IntStream.range(0x21, 0x100).filter(c -> c < 0x7F || (c > 0xA0 && c != 0xAD));
    }

    private static int[] symbolOfByte() {
        int[] symbols = new int[256];
        int other = (int) printable().count();
        for (int b = 0; b < 256; b++) {
            int at = ALPHABET.indexOf(b);
            symbols[b] = at >= 0 ? at : other++;
        }
        return symbols;
    }

    private int known(String symbol, String place) {
        Integer number = symbols.get(symbol);
        if (number == null) {
            throw new UserException(place.replaceAll("\\p{Cntrl}", "?")
                    + " uses a symbol that no merge before it makes; the list is not CLIP's or not whole");
        }
        return number;
    }

    private static long pair(int first, int second) {
        return (long) first << 32 | second;
    }

    /** Tokens in all. */
    int size() {
        return ids.length;
    }

    /** @throws UserException if a file numbers the tokens otherwise */
    void requireNumbers(Map<String, Integer> numbers, String source) {
        symbols.forEach((symbol, first) -> {
            Integer number = numbers.get(symbol);
            if (number == null || (number != ids[first] && !number.equals(first))) {
                throw new UserException(source + " does not belong to the list of merges: it gives the token " + symbol
                        + " the number " + number + ", the merges give it " + ids[first]);
            }
        });
    }

    /** The tokens of a word, which is not empty. */
    int[] encode(String word) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        int[] chain = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            chain[i] = SYMBOL_OF_BYTE[bytes[i] & 0xFF];
        }
        chain[bytes.length - 1] += 256;
        new Merging(chain).run();
        return Arrays.stream(chain).filter(symbol -> symbol >= 0).map(symbol -> ids[symbol]).toArray();
    }

    /** The merging of one word. A place whose symbol went into the one before it holds -1. */
    private final class Merging {

        private final int[] chain;
        private final int[] next;
        private final int[] previous;
        /** Rank and place of neighbours that can merge. An entry grows stale when one of the two has merged otherwise. */
        private final PriorityQueue<Long> candidates = new PriorityQueue<>();
        private final List<Long> found = new ArrayList<>();

        Merging(int[] chain) {
            this.chain = chain;
            next = IntStream.rangeClosed(1, chain.length).toArray();
            previous = IntStream.range(-1, chain.length - 1).toArray();
        }

        void run() {
            for (int place = 0; place < chain.length - 1; place++) {
                look(place);
            }
            int rank = -1;
            while (true) {
                // One merge goes through the whole word before another's turn comes.
                if (candidates.isEmpty() || candidates.peek() >> 32 != rank) {
                    candidates.addAll(found);
                    found.clear();
                    if (candidates.isEmpty()) {
                        return;
                    }
                }
                long best = candidates.remove();
                rank = (int) (best >> 32);
                merge(rank, (int) best);
            }
        }

        private void merge(int rank, int place) {
            if (chain[place] < 0 || next[place] == chain.length || rank(place) != rank) {
                return;
            }
            int second = next[place];
            chain[place] = results[rank];
            chain[second] = -1;
            next[place] = next[second];
            if (next[place] < chain.length) {
                previous[next[place]] = place;
                look(place);
            }
            if (previous[place] >= 0) {
                look(previous[place]);
            }
        }

        private void look(int place) {
            int rank = rank(place);
            if (rank >= 0) {
                found.add(pair(rank, place));
            }
        }

        private int rank(int place) {
            return ranks.getOrDefault(pair(chain[place], chain[next[place]]), -1);
        }
    }
}
