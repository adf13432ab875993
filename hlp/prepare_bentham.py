"""Make a training set of Bentham R0 (ICFHR 2014): CSVs by its owners' split, and an alphabet.

    python hlp/prepare_bentham.py BenthamDatasetR0-GT.tbz -o data/bentham

The archive, or its folder, is from https://zenodo.org/records/44519 and read in place.
"""

from tf_crnn.cli_prepare import prepare_command

main = prepare_command("bentham", __doc__)

if __name__ == "__main__":
    main()
