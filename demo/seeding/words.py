"""The words from which names, titles and sentences are put together."""

from __future__ import annotations


def _listed(text: str) -> tuple[str, ...]:
    return tuple(" ".join(word.split()) for word in text.split(","))


FIRST_NAMES = _listed(
    """
    Mira, Tomas, Ines, Jonah, Leila, Oskar, Priya, Anton, Noor, Felix, Amara, Hugo, Saskia, Kofi, Elena,
    Ravi, Freya, Mateo, Yuki, Clara, Idris, Marta, Pavel, Zadie, Emil, Sunniva, Omar, Greta, Luca, Wanjiru,
    Viktor, Hana, Silas, Nadia, Bram, Aiko, Rosa
    """
)
LAST_NAMES = _listed(
    """
    Okafor, Lindqvist, Moreau, Tanaka, Alvarez, Novak, Hassan, Byrne, Castellan, Ferreira, Haugen, Iyer,
    Jansen, Kowalski, Larsen, Mbeki, Nakamura, Ortega, Petrov, Quist, Romano, Sato, Thorne, Ueda, Varga,
    Weiss, Yilmaz, Zeller, Adeyemi, Brandt, Duarte, Eriksen, Fontaine, Grigoryan
    """
)
ADJECTIVES = _listed(
    """
    Amber, Borrowed, Broken, Copper, Crooked, Distant, Drowned, Early, Empty, Faithful, Feral, Forgotten,
    Gilded, Hidden, Hollow, Idle, Ivory, Last, Lost, Midnight, Narrow, Northern, Obstinate, Painted,
    Patient, Quiet, Restless, Salt, Second, Secret, Silent, Silver, Sleeping, Stubborn, Tender, Thirteenth,
    Unwritten, Velvet, Wandering, Winter
    """
)
NOUNS = _listed(
    """
    Almanac, Archive, Atlas, Beekeeper, Bridge, Cartographer, Cathedral, Cellar, Clock, Compass, Country,
    Daughter, Engine, Ferry, Garden, Glassblower, Gull, Harbour, House, Island, Kingdom, Lantern, Ledger,
    Letter, Library, Lighthouse, Mapmaker, Meadow, Moon, Museum, Night, Orchard, Parliament, Piano, River,
    Room, Sparrow, Storm, Tide, Tower, Train, Valley, Voyage, Well
    """
)
PLACES = _listed(
    """
    Orsay, Lisbon, Trieste, Málaga, Galway, Bergen, Porto, Odessa, Kyoto, Havana, Ghent, Riga, Bath, Cork,
    Naples, Dakar
    """
)
GENRES = _listed(
    """
    Fantasy, Science fiction, Crime, History, Poetry, Travel, Biography, Essays, Nature, Cooking,
    Philosophy, Short stories, Children, Drama, Art, Music, Science, Horror, Romance, Satire
    """
)
IMPRINTS = _listed(
    """
    Press, Books, House, Editions, Verlag, Publishing
    """
)
PRAISE = _listed(
    """
    A book to keep, Could not put it down, Slow but worth it, Not for me, Read it twice, Better than the
    last one, Lost me halfway, A quiet wonder, Gave it to everyone I know, Fine for a train ride, The
    ending!, Too many storms
    """
)
VERBS = _listed(
    """
    finds, forgets, follows, keeps, sells, mends, paints, steals, buries, answers, draws, counts, opens,
    betrays, remembers
    """
)
ENDINGS = _listed(
    """
    before the ice breaks, without a word, in the last week of autumn, for the price of a candle, and tells
    nobody, while the town sleeps, as if it had been agreed, on the far side of the river, against all
    advice, one page at a time, until the lamps go out, with a borrowed key
    """
)
